%% A process of a scenario: does what it is told, and tells the driver whatever else it receives. While
%% it is held it only takes commands; messages wait in its mailbox. It can be told what to do as soon as the
%% next message comes. A body takes nothing by itself, only what it is told to look for.
-module(oracle_process).
-export([spawn_plain/1, spawn_body/1]).

-define(SCOPE, oracle_scope).

spawn_plain(Driver) -> spawn(fun() -> loop(Driver, open) end).

spawn_body(Driver) -> spawn(fun() -> loop(Driver, body) end).

loop(Driver, Mode) ->
    receive
        {oracle, [hold]} ->
            Driver ! {oracle, self(), done},
            loop(Driver, held);
        {oracle, [release]} ->
            Driver ! {oracle, self(), done},
            loop(Driver, open);
        {oracle, [next, {Verb, _} | Arguments]} ->
            put(next, {Verb, Arguments}),
            Driver ! {oracle, self(), done},
            loop(Driver, Mode);
        {oracle, [pass]} ->
            Driver ! {oracle, self(), done},
            loop(Driver, Mode);
        {oracle, [Spawn | _]} when Spawn =:= spawn; Spawn =:= spawn_link; Spawn =:= spawn_monitor ->
            Driver ! {oracle, self(), spawned(Spawn, fun() -> loop(Driver, open) end)},
            loop(Driver, Mode);
        {oracle, [Verb | Arguments]} ->
            Driver ! {oracle, self(), do(Verb, Arguments)},
            loop(Driver, Mode);
        {oracle_call, From, Question} when Mode =:= open ->
            put(asked, From),
            Driver ! {oracle_saw, self(), {call, Question}},
            react(Driver, erase(next)),
            loop(Driver, Mode);
        Message when Mode =:= open ->
            Driver ! {oracle_saw, self(), Message},
            react(Driver, erase(next)),
            loop(Driver, Mode)
    end.

react(_, undefined) ->
    done;
react(Driver, {Verb, Arguments}) ->
    Driver ! {oracle_reacted, self(), do(Verb, Arguments)}.

spawned(spawn, Start) -> {spawned, spawn(Start)};
spawned(spawn_link, Start) -> {spawned, spawn_link(Start)};
spawned(spawn_monitor, Start) ->
    {Pid, Reference} = spawn_monitor(Start),
    {spawned, Pid, Reference}.

%% Each argument is {Word, What the word names}.
do(link, [{_, Pid}]) -> true = link(Pid), done;
do(unlink, [{_, Pid}]) -> true = unlink(Pid), done;
do(monitor, [{_, Pid}, _]) -> {reference, monitor(process, Pid)};
do(demonitor, [{_, Reference}]) -> {result, demonitor(Reference, [info])};
do(demonitor, [{_, Reference}, {flush, _}]) -> {result, demonitor(Reference, [info, flush])};
do(trap_exit, [{On, _}]) -> {result, process_flag(trap_exit, On)};
do(exit, [{Reason, _}]) -> exit(Reason);
do(exit, [{_, Pid}, {Reason, _}]) -> true = exit(Pid, Reason), done;
do(crash, [{Error, _}]) -> error(Error);
do(send, [{{name, Name}, _}, {Message, _}]) ->
    attempt(fun() -> Name ! Message, done end);
do(send, [{_, Pid}, {Message, _}]) -> Pid ! Message, done;
do(call, [{_, Pid}, {Question, _}, {Milliseconds, _}]) ->
    try gen:call(Pid, oracle_call, Question, Milliseconds)
    of
        {ok, Answer} -> {result, Answer}
    catch
        exit:Reason -> {result, {failed, Reason}}
    end;
do(answer, [{Answer, _}]) -> gen:reply(get(asked), Answer), done;
do(take, [{Wanted, _}, {Milliseconds, _}]) ->
    receive
        Wanted -> {result, Wanted}
    after Milliseconds -> {result, false}
    end;
do(alive, [{_, Pid}]) -> {result, is_process_alive(Pid)};
do(register, [{Name, _}]) -> attempt(fun() -> register(Name, self()) end);
do(unregister, [{Name, _}]) -> attempt(fun() -> unregister(Name) end);
do(whereis, [{Name, _}]) -> {result, whereis(Name)};
do(cancel_timer, [{_, Reference}]) -> {result, left(erlang:cancel_timer(Reference))};
do(read_timer, [{_, Reference}]) -> {result, left(erlang:read_timer(Reference))};
do(pg_join, [{Group, _}]) -> {result, pg:join(?SCOPE, Group, self())};
do(pg_leave, [{Group, _}]) -> {result, pg:leave(?SCOPE, Group, self())};
do(pg_members, [{Group, _}]) -> {members, pg:get_members(?SCOPE, Group)};
do(pg_local_members, [{Group, _}]) -> {members, pg:get_local_members(?SCOPE, Group)};
do(pg_groups, []) -> {members, pg:which_groups(?SCOPE)};
do(pg_monitor, [{Group, _}, _]) ->
    {Reference, Members} = pg:monitor(?SCOPE, Group),
    {reference, Reference, {members, Members}};
do(pg_demonitor, [{_, Reference}]) -> {result, pg:demonitor(?SCOPE, Reference)};
do(Timer, [{After, _}, To, {Message, _}, _]) ->
    {reference, timer(Timer, After, receiver(To), Message)}.

timer(start_timer, After, To, Message) -> erlang:start_timer(After, To, Message);
timer(send_after, After, To, Message) -> erlang:send_after(After, To, Message);
timer(start_timer_at, After, To, Message) -> erlang:start_timer(at(After), To, Message, [{abs, true}]);
timer(send_after_at, After, To, Message) -> erlang:send_after(at(After), To, Message, [{abs, true}]).

at(After) -> erlang:monotonic_time(millisecond) + After.

%% A registered name is written {name, Name}.
receiver({{name, Name}, _}) -> Name;
receiver({_, Pid}) -> Pid.

%% How much is left is no fact: only whether.
left(false) -> false;
left(Milliseconds) when is_integer(Milliseconds), Milliseconds >= 0 -> left.

attempt(Verb) ->
    try Verb()
    of
        done -> done;
        Result -> {result, Result}
    catch
        error:badarg -> {result, badarg}
    end.
