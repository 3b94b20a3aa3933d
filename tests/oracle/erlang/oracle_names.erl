%% The normal form of a term: pids and references by their names in the scenario, a stack trace as `stack`.
-module(oracle_names).
-export([normal/2]).

normal({result, {members, Pids}}, Names) ->
    %% pg promises no order.
    {result, lists:sort(normal(Pids, Names))};
normal({Error, [{_, _, _, _} | _]}, _) ->
    {Error, stack};
normal(Term, Names) when is_pid(Term); is_reference(Term) ->
    maps:get(Term, Names, unknown);
normal(Term, Names) when is_tuple(Term) ->
    list_to_tuple([normal(Each, Names) || Each <- tuple_to_list(Term)]);
normal(Terms, Names) when is_list(Terms) ->
    [normal(Each, Names) || Each <- Terms];
normal(Term, _) ->
    Term.
