%% A peer of the benchmarks: a WebSocket server on Erlang's own sockets, a process a connection, as
%% its users write servers. RFC 6455's framing stands here; kernel's `pg` holds the topics.
%%   erl +S 1 -noinput -pa FOLDER -s sockets main -extra [--port N] [--deflate]
%% bench/README.md has the contract that all peers keep.
-module(sockets).
-export([main/0]).

-define(MESSAGE_MAX, 16#1000000). % Beast's default
-define(GUID, <<"258EAFA5-E914-47DA-95CA-C5AB0DC85B11">>).

-record(state, {socket, group = none, rest = <<>>, opcode = 0, compressed = 0, parts = [],
                deflate = none, inflate = none}).

main() ->
    Arguments = init:get_plain_arguments(),
    {ok, _} = pg:start(pg),
    {ok, Listener} = gen_tcp:listen(option("--port", Arguments, 0),
                                    [binary, {ip, {127, 0, 0, 1}}, {active, false},
                                     {nodelay, true}, {reuseaddr, true}, {backlog, 1024}]),
    {ok, Port} = inet:port(Listener),
    io:format("listening on http://127.0.0.1:~b~n", [Port]),
    accept(Listener, lists:member("--deflate", Arguments)).

option(Name, [Name, Value | _], _) -> list_to_integer(Value);
option(Name, [_ | Rest], Default) -> option(Name, Rest, Default);
option(_, [], Default) -> Default.

accept(Listener, Deflate) ->
    {ok, Socket} = gen_tcp:accept(Listener),
    Pid = spawn(fun() -> receive start -> handshake(Socket, Deflate) end end),
    ok = gen_tcp:controlling_process(Socket, Pid),
    Pid ! start,
    accept(Listener, Deflate).

%% --- the handshake, by the parser that the runtime has -------------------------------------------

handshake(Socket, Deflate) ->
    ok = inet:setopts(Socket, [{packet, http_bin}]),
    {ok, {http_request, 'GET', {abs_path, Path}, _}} = gen_tcp:recv(Socket, 0, 30000),
    Headers = headers(Socket, #{}),
    Key = maps:get(<<"sec-websocket-key">>, Headers, none),
    case group(Path) of
        Group when Group =/= refused, Key =/= none ->
            Agreed = Deflate andalso offers_deflate(Headers),
            Group =:= none orelse pg:join(Group, self()), % whoever is answered is subscribed
            ok = gen_tcp:send(Socket, switching(Key, Agreed)),
            ok = inet:setopts(Socket, [{packet, raw}, {active, 100}]),
            loop(with_deflate(Agreed, #state{socket = Socket, group = Group}));
        _ ->
            gen_tcp:send(Socket, "HTTP/1.1 404 Not Found\r\nConnection: close\r\n"
                                 "Content-Length: 0\r\n\r\n")
    end.

headers(Socket, Known) ->
    case gen_tcp:recv(Socket, 0, 30000) of
        {ok, {http_header, _, Name, _, Value}} ->
            headers(Socket, Known#{string:lowercase(name(Name)) => Value});
        {ok, http_eoh} -> Known
    end.

name(Name) when is_atom(Name) -> atom_to_binary(Name);
name(Name) -> Name.

group(<<"/echo", _/binary>>) -> none;
group(<<"/topic/", _/binary>> = Path) -> Path;
group(_) -> refused.

switching(Key, Deflate) ->
    Accept = base64:encode(crypto:hash(sha, <<Key/binary, ?GUID/binary>>)),
    ["HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
     "Sec-WebSocket-Accept: ", Accept, extension(Deflate), "\r\n\r\n"].

extension(false) -> "";
extension(true) ->
    "\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
    "client_no_context_takeover".

offers_deflate(Headers) ->
    Offer = maps:get(<<"sec-websocket-extensions">>, Headers, <<>>),
    binary:match(Offer, <<"permessage-deflate">>) =/= nomatch.

with_deflate(false, State) -> State;
with_deflate(true, State) ->
    Out = zlib:open(),
    ok = zlib:deflateInit(Out, 6, deflated, -15, 8, default),
    In = zlib:open(),
    ok = zlib:inflateInit(In, -15),
    State#state{deflate = Out, inflate = In}.

%% --- the connection ------------------------------------------------------------------------------

loop(#state{socket = Socket, rest = Rest} = State) ->
    receive
        {tcp, Socket, Bytes} -> frames(State#state{rest = <<>>}, <<Rest/binary, Bytes/binary>>);
        {tcp_passive, Socket} ->
            ok = inet:setopts(Socket, [{active, 100}]),
            loop(State);
        {publish, Frame} -> send(State, Frame);
        {tcp_closed, Socket} -> closed;
        {tcp_error, Socket, _} -> closed
    end.

send(#state{socket = Socket} = State, Frame) ->
    case gen_tcp:send(Socket, Frame) of
        ok -> loop(State);
        {error, _} -> closed
    end.

%% All whole frames of `Bytes`, then on with the loop.
frames(State, <<Fin:1, Rsv:3, Opcode:4, 1:1, 126:7, Size:16, Mask:32, Payload:Size/binary,
                Rest/binary>>) ->
    frame(State, Fin, Rsv, Opcode, unmask(Payload, Mask), Rest);
frames(State, <<Fin:1, Rsv:3, Opcode:4, 1:1, 127:7, Size:64, Mask:32, Payload:Size/binary,
                Rest/binary>>) ->
    frame(State, Fin, Rsv, Opcode, unmask(Payload, Mask), Rest);
frames(State, <<Fin:1, Rsv:3, Opcode:4, 1:1, Size:7, Mask:32, Payload:Size/binary, Rest/binary>>)
  when Size < 126 ->
    frame(State, Fin, Rsv, Opcode, unmask(Payload, Mask), Rest);
frames(State, <<_:8, 1:1, 127:7, Size:64, _/binary>>) when Size > ?MESSAGE_MAX ->
    close(State, 1009);
frames(State, <<_:8, 0:1, _/bitstring>>) -> close(State, 1002); % not masked
frames(State, Incomplete) -> loop(State#state{rest = Incomplete}).

unmask(Payload, Mask) ->
    Size = byte_size(Payload),
    Repeated = binary:copy(<<Mask:32>>, (Size + 3) div 4),
    crypto:exor(Payload, binary:part(Repeated, 0, Size)).

frame(State, 1, 0, 8, <<Code:16, _/binary>>, _) -> close(State, Code);
frame(State, 1, 0, 8, _, _) -> close(State, 1000);
frame(#state{socket = Socket} = State, 1, 0, 9, Payload, Rest) ->
    _ = gen_tcp:send(Socket, encode(10, 0, Payload)),
    frames(State, Rest);
frame(State, 1, 0, 10, _, Rest) -> frames(State, Rest);
frame(#state{opcode = Opcode, parts = Parts} = State, Fin, 0, 0, Payload, Rest) when Opcode > 0 ->
    part(State#state{parts = [Payload | Parts]}, Fin, Rest);
frame(#state{opcode = 0, deflate = Deflate} = State, Fin, Rsv, Opcode, Payload, Rest)
  when Opcode =:= 1 orelse Opcode =:= 2, Rsv =:= 0 orelse (Rsv =:= 4 andalso Deflate =/= none) ->
    part(State#state{opcode = Opcode, compressed = Rsv, parts = [Payload]}, Fin, Rest);
frame(State, _, _, _, _, _) -> close(State, 1002).

part(#state{parts = Parts} = State, 0, Rest) ->
    case iolist_size(Parts) > ?MESSAGE_MAX of
        true -> close(State, 1009);
        false -> frames(State, Rest)
    end;
part(#state{opcode = Opcode, compressed = Rsv, parts = Parts} = State, 1, Rest) ->
    Message = inflate(State, Rsv, lists:reverse(Parts)),
    deliver(State, encode(Opcode, Rsv, deflate(State, Rsv, Message))),
    frames(State#state{opcode = 0, parts = []}, Rest).

%% Encoded once: a binary of more than 64 bytes is shared by all who are sent it.
deliver(#state{group = none, socket = Socket}, Frame) -> _ = gen_tcp:send(Socket, Frame);
deliver(#state{group = Group}, Frame) ->
    Binary = iolist_to_binary(Frame),
    [Pid ! {publish, Binary} || Pid <- pg:get_local_members(Group)].

encode(Opcode, Rsv, Payload) ->
    case iolist_size(Payload) of
        Size when Size < 126 -> [<<1:1, Rsv:3, Opcode:4, Size:8>>, Payload];
        Size when Size < 65536 -> [<<1:1, Rsv:3, Opcode:4, 126:8, Size:16>>, Payload];
        Size -> [<<1:1, Rsv:3, Opcode:4, 127:8, Size:64>>, Payload]
    end.

inflate(_, 0, Parts) -> Parts;
inflate(#state{inflate = Stream}, 4, Parts) ->
    ok = zlib:inflateReset(Stream),
    zlib:inflate(Stream, [Parts, <<0, 0, 255, 255>>]).

deflate(_, 0, Message) -> Message;
deflate(#state{deflate = Stream}, 4, Message) ->
    ok = zlib:deflateReset(Stream),
    Bytes = iolist_to_binary(zlib:deflate(Stream, Message, sync)),
    binary:part(Bytes, 0, byte_size(Bytes) - 4).

close(#state{socket = Socket}, Code) ->
    _ = gen_tcp:send(Socket, encode(8, 0, <<Code:16>>)),
    gen_tcp:close(Socket).
