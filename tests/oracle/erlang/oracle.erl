%% Runs scenarios on Erlang itself and prints what each process saw. The program that it reads is what
%% tests/oracle/run writes: one command a line, `LINE PROCESS VERB ARGUMENT...`, between `scenario NAME`
%% and `end`. Commands run one at a time; the next one starts when all that the last one caused is over.
%% The virtual machine must have one scheduler (+S 1): a process that ends then tells everybody in one go.
-module(oracle).
-export([main/1]).

-define(PATIENCE, 10000).
-define(SCOPE, oracle_scope).

-record(world, {
    line = 0,
    processes = #{},  % by name: a pid, or `ended`
    held = [],        % names of those that only take commands
    names = #{},      % by pid, and by reference: the name in the scenario
    references = #{}, % by name
    due = infinity,   % when the first timer that a `wait` is to wait for fires, in milliseconds
    events = []       % {Line, Name, What}, the last one first
}).

main([Path]) ->
    logger:set_primary_config(level, none),
    {ok, Text} = file:read_file(Path),
    run(string:split(Text, "\n", all), undefined),
    halt(0).

run([<<"scenario ", Name/binary>> | Rest], _) ->
    io:put_chars(["scenario ", Name, "\n"]),
    {ok, _} = pg:start(?SCOPE),
    run(Rest, #world{});
run([<<"end">> | Rest], World) ->
    io:put_chars([lists:reverse(printed(World)), "end\n"]),
    finish(World),
    run(Rest, undefined);
run([<<>>], _) ->
    ok;
run([Line | Rest], World) ->
    [Number, Process | Command] = string:split(Line, " ", all),
    Before = World#world{line = binary_to_integer(Number)},
    Snapshot = oracle_cells:snapshot(Before#world.processes, Before#world.held),
    Who = binary_to_atom(Process),
    What = [term(Word) || Word <- Command],
    After = settle(step(Who, What, Before)),
    oracle_cells:print(Who, What, Snapshot, events_of_step(After)),
    run(Rest, After).

term(Word) ->
    {ok, Tokens, _} = erl_scan:string(binary_to_list(Word) ++ "."),
    {ok, Term} = erl_parse:parse_term(Tokens),
    Term.

%% -- the driver's side of a command ----------------------------------------------------------------

step('.', [spawn, Name], World) ->
    add(Name, oracle_process:spawn_plain(self()), World);
step('.', [body, Name], World) ->
    add(Name, oracle_process:spawn_body(self()), World);
step('.', [wait, Milliseconds], World) ->
    %% What it waits for must not have come before: then all this took too long, and is done again.
    World#world.due =< now_ms() andalso io:put_chars("late\n"),
    %% Timers fire in the order of their times: when this one has, so have those before it.
    erlang:send_after(Milliseconds, self(), waited),
    receive
        waited -> World#world{due = infinity}
    after ?PATIENCE + Milliseconds -> stuck(World)
    end;
step(Who, [Verb | Arguments], Before) ->
    World = note_due(Arguments, Before),
    case maps:get(Who, World#world.processes) of
        ended ->
            note(Who, {result, gone}, World);
        Pid ->
            Pid ! {oracle, [Verb | [resolved(Each, World) || Each <- Arguments]]},
            {Reply, Answered} = await(Pid, World),
            note_held(Who, Verb, answered(Who, Arguments, Reply, Answered))
    end.

answered(Who, _, {result, _} = Result, World) -> note(Who, Result, World);
answered(Who, _, {members, Pids}, World) -> note(Who, {result, {members, Pids}}, World);
answered(_, Arguments, {reference, Reference}, World) -> named(Reference, Arguments, World);
answered(Who, Arguments, {reference, Reference, Result}, World) ->
    note(Who, {result, Result}, named(Reference, Arguments, World));
answered(_, [Name | _], {spawned, Pid}, World) -> add(Name, Pid, World);
answered(_, [Name, As], {spawned, Pid, Reference}, World) ->
    add(Name, Pid, named(Reference, [As], World));
answered(_, _, Other, World) when Other =:= done; Other =:= ended -> World.

note_held(Who, hold, World) -> World#world{held = [Who | World#world.held]};
note_held(Who, release, World) -> World#world{held = lists:delete(Who, World#world.held)};
note_held(_, _, World) -> World.

%% Only timers have a number in front. One of no time has fired by the time a process is released.
note_due([After | _], World = #world{due = Due}) when is_integer(After), After > 0 ->
    World#world{due = min(Due, now_ms() + After)};
note_due(_, World) ->
    World.

now_ms() -> erlang:monotonic_time(millisecond).

add(Name, Pid, World = #world{processes = Processes, names = Names}) ->
    monitor(process, Pid),
    World#world{processes = Processes#{Name => Pid}, names = Names#{Pid => Name}}.

%% The name of what a command made is its last argument.
named(Reference, Arguments, World = #world{names = Names, references = References}) ->
    Name = lists:last(Arguments),
    World#world{names = Names#{Reference => Name}, references = References#{Name => Reference}}.

%% Both a pid and the name of its process go to the process: the verb knows which one it wants.
resolved(Name, #world{processes = Processes, names = Names, references = References}) ->
    case {Processes, References} of
        {#{Name := ended}, _} -> {Name, hd([P || {P, N} <- maps:to_list(Names), N =:= Name])};
        {#{Name := Pid}, _} -> {Name, Pid};
        {_, #{Name := Reference}} -> {Name, Reference};
        _ -> {Name, undefined}
    end.

%% -- what comes back -------------------------------------------------------------------------------

await(Pid, World) ->
    receive
        {oracle, Pid, Reply} ->
            {Reply, World};
        {oracle_saw, Other, Message} ->
            await(Pid, note(maps:get(Other, World#world.names), {saw, Message}, World));
        {oracle_reacted, Other, Reply} ->
            await(Pid, answered(maps:get(Other, World#world.names), [], Reply, World));
        {'DOWN', _, process, Pid, Reason} ->
            {ended, ended(Pid, Reason, World)};
        {'DOWN', _, process, Other, Reason} ->
            await(Pid, ended(Other, Reason, World))
    after ?PATIENCE -> stuck(World)
    end.

ended(Pid, Reason, World = #world{processes = Processes, names = Names}) ->
    #{Pid := Name} = Names,
    note(Name, {ended, Reason}, World#world{processes = Processes#{Name => ended}}).

note(Name, What, World = #world{line = Line, events = Events}) ->
    World#world{events = [{Line, Name, What} | Events]}.

%% A message through every process, until twice in a row nothing has happened: what the command caused
%% was sent before the process that caused it could answer.
settle(World) -> settle(World, 2).

settle(World, 0) ->
    World;
settle(World, Rounds) ->
    Names = [Name || {Name, Pid} <- maps:to_list(World#world.processes), Pid =/= ended],
    After = lists:foldl(fun pass/2, World, Names),
    sys:get_state(?SCOPE),
    case length(After#world.events) =:= length(World#world.events) of
        true -> settle(After, Rounds - 1);
        false -> settle(After, 2)
    end.

pass(Name, World) ->
    case maps:get(Name, World#world.processes) of
        ended ->
            World;
        Pid ->
            Pid ! {oracle, [pass]},
            {_, After} = await(Pid, World),
            After
    end.

stuck(World) ->
    io:format("stuck at line ~w: ~w~n", [World#world.line, World#world.processes]),
    halt(1).

finish(World) ->
    maps:foreach(
        fun(_, Pid) -> is_pid(Pid) andalso exit(Pid, kill) end,
        World#world.processes
    ),
    settle(World),
    gen_server:stop(?SCOPE).

%% -- printing --------------------------------------------------------------------------------------

events_of_step(#world{line = Line, names = Names, events = Events}) ->
    Now = lists:takewhile(fun({At, _, _}) -> At =:= Line end, Events),
    [{Name, oracle_names:normal(What, Names)} || {_, Name, What} <- lists:reverse(Now)].

printed(#world{names = Names, events = Events}) ->
    [
        io_lib:format("~w ~w ~s~n", [Line, Name, text(oracle_names:normal(What, Names))])
     || {Line, Name, What} <- Events
    ].

text({saw, Message}) -> io_lib:format("~w", [Message]);
text({result, Result}) -> io_lib:format("-> ~w", [Result]);
text({ended, Reason}) -> io_lib:format("ended ~w", [Reason]).
