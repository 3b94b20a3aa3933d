%% The tasks as Erlang's processes. main/0 runs the task that the plain arguments name, once a tenth as
%% long to warm up, and once for the number that it prints: operations a second, or bytes a process.
-module(beam_world).
-export([main/0]).

main() ->
    [Task | Numbers] = init:get_plain_arguments(),
    [Processes, Operations, Turn] = [list_to_integer(Number) || Number <- Numbers],
    put(turn, Turn),
    io:format("~w~n", [measure(list_to_atom(Task), Processes, Operations)]),
    halt(0).

measure(idle, Processes, _) ->
    idle(Processes);
measure(Task, Processes, Operations) ->
    Fewer = case Processes > get(turn) of true -> Processes div 10; false -> Processes end,
    run(Task, Fewer, max(Operations div 10, Fewer)),
    Operations * 1.0e9 / run(Task, Processes, Operations).

%% Nanoseconds from the start that `Start` gives until so many processes have said that they are done.
timed(Start, Awaited) ->
    Before = erlang:monotonic_time(nanosecond),
    Start(),
    await(Awaited),
    erlang:monotonic_time(nanosecond) - Before.

await(0) -> ok;
await(N) -> receive done -> await(N - 1) end.

spawn_all(N, Make) -> [spawn(fun() -> Make(I) end) || I <- lists:seq(1, N)].

tell_all(Processes, Message) -> lists:foreach(fun(P) -> P ! Message end, Processes).

%% -- lives ------------------------------------------------------------------------------------------

run(spawn_die, _, N) ->
    Main = self(),
    Alive = atomics:new(1, []),
    atomics:put(Alive, 1, N),
    Mayfly = fun() ->
        case atomics:sub_get(Alive, 1, 1) of
            0 -> Main ! done;
            _ -> ok
        end
    end,
    Turn = get(turn),
    Spawner = spawn(fun() -> spawner(Mayfly, N, Turn) end),
    timed(fun() -> Spawner ! go end, 1);
run(fork_join, _, N) ->
    raise(fun worker/1, N);
run(timers, _, N) ->
    Main = self(),
    Clock = spawn(fun() ->
        receive go -> ok end,
        Timers = [erlang:send_after(due(I), self(), 1) || I <- lists:seq(0, N - 1)],
        lists:foreach(fun erlang:cancel_timer/1, Timers),
        Main ! done
    end),
    timed(fun() -> Clock ! go end, 1);

%% -- messages ---------------------------------------------------------------------------------------

run(ping_pong, Pairs, N) ->
    pass_around(Pairs, 2, N);
run(ring, Members, N) ->
    pass_around(1, Members, N);
run(n_to_1, Senders, N) ->
    Main = self(),
    Turn = get(turn),
    Each = N div Senders,
    To = spawn(fun() -> receiver(Main, Each * Senders) end),
    From = spawn_all(Senders, fun(_) -> sender(To, Each, Turn) end),
    timed(fun() -> tell_all(From, go) end, 1);
run(one_to_n, Listeners, N) ->
    Main = self(),
    Turn = get(turn),
    Rounds = N div Listeners,
    From = spawn(fun() ->
        receive {to, All} -> broadcaster(Main, All, All, Rounds * Listeners, Listeners, Turn) end
    end),
    To = spawn_all(Listeners, fun(_) -> listener(From, Rounds) end),
    From ! {to, To},
    timed(fun() -> From ! go end, 1);
run(chameneos, Visitors, N) ->
    Main = self(),
    Mall = spawn(fun() -> mall(N div 4, none) end),
    All = spawn_all(Visitors, fun(I) -> chameneo(Main, Mall, I rem 3) end),
    timed(fun() -> tell_all(All, go) end, Visitors);
run(call, _, N) ->
    Main = self(),
    Server = spawn(fun server/0),
    Client = spawn(fun() -> receive go -> client(Main, Server, N) end end),
    timed(fun() -> Client ! go end, 1).

spawner(Mayfly, Left, Turn) ->
    receive go -> ok end,
    spawn_some(Mayfly, min(Left, Turn)),
    case Left > Turn of
        true -> self() ! go, spawner(Mayfly, Left - Turn, Turn);
        false -> ok
    end.

spawn_some(_, 0) -> ok;
spawn_some(Mayfly, N) -> spawn(Mayfly), spawn_some(Mayfly, N - 1).

%% Resident bytes of a process that has handled one message.
idle(Processes) ->
    Few = Processes div 10,
    raise(fun idler/1, Few),
    Before = resident(),
    raise(fun idler/1, Processes - Few),
    (resident() - Before) / (Processes - Few).

resident() ->
    {ok, Text} = file:read_file("/proc/self/smaps_rollup"),
    {match, [KiB]} = re:run(Text, "Rss:\\s+(\\d+)", [{capture, all_but_first, list}]),
    list_to_integer(KiB) * 1024.

idler(Parent) -> receive N -> Parent ! N, idler(Parent) end.

worker(Parent) -> receive N -> Parent ! N + 1 end.

%% Makes processes, some at a time, and goes on when each of them has answered.
raise(Child, N) ->
    Main = self(),
    Turn = get(turn),
    Parent = spawn(fun() -> receive go -> parent(Main, Child, N, Turn) end end),
    timed(fun() -> Parent ! go end, 1).

parent(Main, _, 0, _) ->
    Main ! done;
parent(Main, Child, Left, Turn) ->
    Now = min(Left, Turn),
    raise_some(Child, self(), Now),
    sum(Now, 0),
    parent(Main, Child, Left - Now, Turn).

raise_some(_, _, 0) -> ok;
raise_some(Child, Self, N) ->
    spawn(fun() -> Child(Self) end) ! 1,
    raise_some(Child, Self, N - 1).

sum(0, Sum) -> Sum;
sum(N, Sum) -> receive Result -> sum(N - 1, Sum + Result) end.

%% Distant, so that none fires, and scattered over an hour.
due(I) -> 3600000 + I * 7919 rem 3600000.

pass_around(Rings, Members, N) ->
    Main = self(),
    Starts = [ring(Main, Members) || _ <- lists:seq(1, Rings)],
    timed(fun() -> tell_all(Starts, N div Rings) end, Rings).

ring(Main, Members) ->
    Last = spawn(fun() -> receive Next -> passer(Main, Next) end end),
    First = before(Main, Last, Members - 1),
    Last ! First,
    First.

before(_, Next, 0) -> Next;
before(Main, Next, N) -> before(Main, spawn(fun() -> passer(Main, Next) end), N - 1).

%% Passes a number on, one less each time; whoever gets 0 ends the task.
passer(Main, Next) ->
    receive
        0 -> Main ! done;
        Left -> Next ! Left - 1, passer(Main, Next)
    end.

receiver(Main, 0) -> Main ! done;
receiver(Main, N) -> receive _ -> receiver(Main, N - 1) end.

sender(To, Left, Turn) ->
    receive go -> ok end,
    send_some(To, min(Left, Turn)),
    case Left > Turn of
        true -> self() ! go, sender(To, Left - Turn, Turn);
        false -> ok
    end.

send_some(_, 0) -> ok;
send_some(To, N) -> To ! 1, send_some(To, N - 1).

%% Tells who sends to it when it has got all that it awaits.
listener(From, 0) -> From ! done;
listener(From, N) -> receive _ -> listener(From, N - 1) end.

%% Sends to each listener in turn, round after round, and waits for all of them.
broadcaster(Main, _, _, _, 0, _) ->
    Main ! done;
broadcaster(Main, Rest, All, Left, Awaited, Turn) ->
    receive
        go ->
            Now = min(Left, Turn),
            Next = send_each(1, Rest, All, Now),
            case Left > Now of
                true -> self() ! go;
                false -> ok
            end,
            broadcaster(Main, Next, All, Left - Now, Awaited, Turn);
        done ->
            broadcaster(Main, Rest, All, Left, Awaited - 1, Turn)
    end.

send_each(_, Rest, _, 0) -> Rest;
send_each(Message, [], All, N) -> send_each(Message, All, All, N);
send_each(Message, [To | Rest], All, N) -> To ! Message, send_each(Message, Rest, All, N - 1).

%% -- conversations ----------------------------------------------------------------------------------

mall(Left, Waiting) ->
    receive
        {Who, _} when Left =:= 0 -> Who ! closed, mall(0, none);
        {Who, _} when Waiting =:= none -> mall(Left, Who);
        Visitor -> Waiting ! Visitor, mall(Left - 1, none)
    end.

chameneo(Main, Mall, Colour) ->
    receive
        {Other, Theirs} ->
            Mine = blend(Colour, Theirs),
            Other ! Mine,
            visit(Main, Mall, Mine);
        closed -> Main ! done;
        go -> visit(Main, Mall, Colour);
        Mutated -> visit(Main, Mall, Mutated)
    end.

visit(Main, Mall, Colour) ->
    Mall ! {self(), Colour},
    chameneo(Main, Mall, Colour).

blend(Same, Same) -> Same;
blend(Mine, Theirs) -> 3 - Mine - Theirs.

%% What gen_server does, without its callbacks.
server() ->
    receive {'$gen_call', From, N} -> gen:reply(From, N + 1), server() end.

client(Main, _, 0) -> Main ! done;
client(Main, Server, N) ->
    {ok, 2} = gen:call(Server, '$gen_call', 1, 5000),
    client(Main, Server, N - 1).
