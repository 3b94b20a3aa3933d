%% The cells of the exit signal table that a scenario touches: for each exit signal whose receiver can
%% be told apart its reason, the way it came, whether the receiver trapped, and what became of it.
-module(oracle_cells).
-export([snapshot/2, print/4]).

%% Of each living process that takes its messages: its links and whether it traps, before the command.
snapshot(Processes, Held) ->
    Living = maps:without(Held, maps:filter(fun(_, Pid) -> Pid =/= ended end, Processes)),
    Names = maps:from_list([{Pid, Name} || {Name, Pid} <- maps:to_list(Processes)]),
    maps:map(
        fun(_, Pid) ->
            [{links, Links}, {trap_exit, Trap}] = process_info(Pid, [links, trap_exit]),
            {[maps:get(Each, Names) || Each <- Links, is_map_key(Each, Names)], Trap}
        end,
        Living
    ).

print(Who, Command, Before, Events) ->
    Ended = [{Name, Reason} || {Name, {ended, Reason}} <- Events],
    Direct = [Each || Each = {_, _, Name} <- direct(Who, Command), is_map_key(Name, Before)],
    Roots = [Name || {_, _, Name} <- Direct],
    Linked = [
        {link, Reason, Name}
     || {Name, {Links, _}} <- maps:to_list(Before),
        not lists:member(Name, Roots),
        [Reason] <- [[Why || {Other, Why} <- Ended, lists:member(Other, Links)]]
    ],
    [print_cell(Each, Before, Events) || Each <- Direct ++ Linked ++ to_dead(Who, Command, Before)].

direct(Who, [exit, Reason]) -> [{own, Reason, Who}];
direct(Who, [crash, Error]) -> [{own, {Error, stack}, Who}];
direct(Who, [exit, Who, Reason]) -> [{self, Reason, Who}];
direct(_, [exit, Other, Reason]) -> [{exit, Reason, Other}];
direct(_, _) -> [].

%% A link to a dead process is answered by the signal noproc.
to_dead(Who, [link, Other], Before) when is_map_key(Who, Before), Other =/= Who ->
    [{dead, noproc, Who} || not is_map_key(Other, Before)];
to_dead(_, _, _) ->
    [].

print_cell({Way, Reason, Name}, Before, Events) ->
    #{Name := {_, Trap}} = Before,
    io:format("cell ~w ~s ~w ~s~n", [Way, class(Reason), Trap, outcome(Name, Reason, Events)]).

outcome(Name, Reason, Events) ->
    case [What || {Who, What} <- Events, Who =:= Name, is_outcome(What)] of
        [{ended, Reason}] -> "ends with it";
        [{ended, Other}] -> io_lib:format("ends with ~w", [Other]);
        [{saw, {'EXIT', _, Reason}} | _] -> "'EXIT'";
        [] -> "nothing"
    end.

is_outcome({ended, _}) -> true;
is_outcome({saw, {'EXIT', _, _}}) -> true;
is_outcome(_) -> false.

class({shutdown, _}) -> "{shutdown,Term}";
class({_, stack}) -> "crash";
class(Reason) when
    Reason =:= normal; Reason =:= kill; Reason =:= killed; Reason =:= shutdown; Reason =:= noproc
->
    atom_to_list(Reason);
class(_) ->
    "other".
