#!/usr/bin/python3
"""`vaquero bench`: what it measures of our server and of others, and what it says of bad ones."""
import asyncio
import json
import os
import pty
import signal
import socket
import subprocess
import tempfile
import threading

import websockets

from harness import call, check_equal, die_with_parent, run, test
from raw_server import RawServer
from raw_websocket import CLOSE, TEXT, close_payload

QUICK = {"--duration": "0.3", "--warm-up": "0", "--connections": "4"}


def bench(program, url, *options):
    """(status, result, stdout, stderr) of a run; the result is that of the JSON."""
    usual = [word for pair in QUICK.items() if pair[0] not in options for word in pair]
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "result.json")
        status, out, errors = call(program, "bench", "ws", "--url", url, "--json", file,
                                   *usual, *options)
        result = json.load(open(file))["results"][0] if os.path.exists(file) else None
    return status, result, out, errors


def measured(server, path, *options):
    status, result, out, errors = bench(server.command[0], server.ws(path), *options)
    check_equal((status, result and result["failure"]), (0, None))
    check_equal(result["server"]["pids"], [server.process.pid])
    assert "measuring" in errors, errors
    return result, out


def check_latency(result, counts_from):
    latency = result["latency_us"]
    check_equal(latency["from"], counts_from)
    values = [latency[key] for key in ("p50", "p90", "p99", "p99_9", "max")]
    assert 0 < values[0] and values == sorted(values), values
    percents = [percent for _, percent in latency["distribution"]]
    assert percents == sorted(percents) and percents[-1] == 100, percents


def check_failed(program, url, said, *options):
    status, result, _, errors = bench(program, url, "--timeout", "1", *options)
    check_equal(status, 1)
    assert said in result["failure"] and said in errors, (result["failure"], errors)
    return result


@test("vaquero bench ws: an echo tells messages, latency, and what the server took")
def echo(server):
    result, out = measured(server, "/echo")
    assert result["operations"] > 0 and result["rate"] > 0, result
    check_latency(result, "send")
    assert result["server"]["threads"] > 1 and result["server"]["resident"] > 0, result
    assert result["timeline"] and result["timeline"][0]["resident"] > 0, result["timeline"]
    assert any("closed loop" in note for note in result["notes"]), result["notes"]
    for text in ("4 x 128 bytes, depth 1", "p99.9", "server CPU", "bottleneck"):
        assert text in out, out


@test("vaquero bench ws: counts instructions, or says why it does not")
def instructions(server):
    result, out = measured(server, "/echo")
    refusals = [note for note in result["notes"] if note.startswith("instructions are not counted")]
    check_equal(len(refusals), 1 if result["instructions"] is None else 0)
    assert all(each in out for each in refusals), out


@test("vaquero bench ws: several threads, a depth and compression echo as well")
def echo_variants(server):
    for options in (("--threads", "2", "--depth", "16"), ("--size", "65535"), ("--size", "65536"),
                    ("--size", "1000000", "--connections", "1"), ("--size", "1"),
                    ("--rate", "500", "--threads", "3")):
        result, _ = measured(server, "/echo", *options)
        assert result["operations"] > 0, options
    result, _ = measured(server, "/echo/deflate", "--compression", "--size", "4096")
    assert result["operations"] > 0


@test("vaquero bench ws: counts system calls when it is asked to")
def syscalls(server):
    result, out = measured(server, "/echo", "--syscalls")
    calls = result["calls"]
    assert sum(calls[name] for name in calls if name.startswith("recv")) > 0.5, calls
    assert "system calls" in out, out


@test("vaquero bench ws: with a rate, what a stall keeps waiting counts from when it was due",
      served=False)
def coordinated_omission(program):
    enough = threading.Event()
    arrival = threading.Lock()
    told_apart = []

    def serve(client):
        """The first connection's first answer waits for 50 messages of the second."""
        client.upgrade()
        with arrival:
            told_apart.append(client)
            is_first = len(told_apart) == 1
        if is_first:
            opcode, payload = client.message()
            enough.wait()
            client.send(opcode, payload)
        count = 0
        while client.echo():
            count += 1
            if count == 50:
                enough.set()

    with RawServer(serve) as server:
        status, result, *_ = bench(program, server.url, "--connections", "2", "--depth", "1",
                                   "--rate", "200", "--duration", "1")
    check_equal(status, 0)
    check_latency(result, "due")
    # 50 messages of one connection take half a second, in which as many were due on the other.
    assert result["latency_us"]["p90"] > 100_000, result["latency_us"]


class Topic:
    """A context: a server in Python that sends whatever it gets to all."""

    def __enter__(self):
        self.clients = set()
        self.loop = asyncio.new_event_loop()
        started = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self.thread.start()
        started.wait()
        return f"ws://127.0.0.1:{self.port}/topic/any"

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.ended.set)
        self.thread.join()

    async def _handle(self, client):
        self.clients.add(client)
        try:
            async for message in client:
                websockets.broadcast(self.clients, message)
        finally:
            self.clients.discard(client)

    async def _serve(self, started):
        self.ended = asyncio.Event()
        async with websockets.serve(self._handle, "127.0.0.1", 0) as server:
            self.port = server.sockets[0].getsockname()[1]
            started.set()
            await self.ended.wait()

    def _run(self, started):
        self.loop.run_until_complete(self._serve(started))


@test("vaquero bench ws: a fan-out counts each delivery, plain and compressed, at a rate or not",
      served=False)
def fanout(program):
    with Topic() as url:
        for options in ((), ("--rate", "50"), ("--compression", "--depth", "4"),
                        ("--threads", "2"), ("--size", "16", "--threads", "2", "--rate", "50")):
            status, result, _, errors = bench(program, url, "--workload", "fanout", *options)
            check_equal((options, status, errors[-200:] if status else ""), (options, 0, ""))
            assert result["operations"] >= 4 and result["unanswered"] == 0, result
            check_latency(result, "due" if "--rate" in options else "send")


@test("vaquero bench ws: a fan-out where nobody sends to all says whom it reached")
def no_topic(server):
    check_failed(server.command[0], server.ws("/echo"), "reached 1 of 4",
                 "--workload", "fanout")


@test("vaquero bench ws: an idle connection's memory is a slope of the server's")
def idle(server):
    result, out = measured(server, "/echo", "--workload", "idle", "--connections", "500")
    assert result["server"]["bytes_each"] is not None and "bytes a connection" in out, out
    check_equal(result["operations"], 0)


@test("vaquero bench ws: churn counts whole lives, as fast as they end or at a rate")
def churn(server):
    for options, counts_from in (((), "send"), (("--rate", "100"), "due")):
        result, _ = measured(server, "/echo", "--workload", "churn", *options)
        assert result["operations"] > 0 and result["counted"] == "lives", result
        check_latency(result, counts_from)


@test("vaquero bench ws: timers counts what the server sends of its own accord")
def timers(server):
    result, _ = measured(server, "/hello", "--workload", "timers", "--duration", "3")
    assert result["operations"] >= 4, result


@test("vaquero bench ws: timers fails where the server sends nothing of its own accord")
def no_timers(server):
    check_failed(server.command[0], server.ws("/echo"), "nothing of its own accord",
                 "--workload", "timers")


@test("vaquero bench ws: connects to loopback from many of its addresses", served=False)
def sources(program):
    def serve(client):
        client.upgrade()
        while client.echo():
            pass

    with RawServer(serve) as server:
        status, *_ = bench(program, server.url)
        check_equal(status, 0)
        check_equal(len({client.address[0] for client in server.clients}), 4)


@test("vaquero bench ws: asks for the URL's path, with the headers that it is told to send",
      served=False)
def headers(program):
    def serve(client):
        client.upgrade()
        while client.echo():
            pass

    with RawServer(serve) as server:
        status, *_ = bench(program, server.url + "?room=1", "--header", "Origin: http://a.test",
                           "--header", "Authorization: Bearer of news")
        check_equal(status, 0)
        request = server.clients[0].request.decode().split("\r\n")
    check_equal(request[0], "GET /echo?room=1 HTTP/1.1")
    for line in ("Host: " + server.url.split("/")[2], "Origin: http://a.test",
                 "Authorization: Bearer of news"):
        assert line in request, request


@test("vaquero bench ws: fragments and pings of a server are no hindrance", served=False)
def fragments(program):
    def serve(client):
        client.upgrade()
        while True:
            opcode, payload = client.message()
            if opcode != TEXT:
                continue
            client.send(TEXT, payload[:3], final=False)
            client.send(9, b"are you there?")
            client.send(0, payload[3:])

    with RawServer(serve) as server:
        status, result, *_ = bench(program, server.url)
    check_equal(status, 0)
    assert result["operations"] > 0, result


@test("vaquero bench ws: says what is wrong with a server that refuses", served=False)
def refusals(program):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"ws://127.0.0.1:{unused.getsockname()[1]}/"
        check_failed(program, url, "Connection refused")

    def refuse(client):
        client.head()
        client.socket.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    with RawServer(refuse) as server:
        check_failed(program, server.url, "404 Not Found")
    with RawServer(lambda client: client.head()) as server:
        check_failed(program, server.url, "closed instead of answering the upgrade")

    def accept_wrongly(client):
        client.head()
        client.socket.sendall(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")

    with RawServer(accept_wrongly) as server:
        check_failed(program, server.url, "Sec-WebSocket-Accept")


@test("vaquero bench ws: says what is wrong with a server that stalls", served=False)
def stalls(program):
    left = threading.Event()

    def answer_nothing(client):
        client.head()
        left.wait()

    def echo_nothing(client):
        client.upgrade()
        left.wait()

    for serve in (answer_nothing, echo_nothing):
        with RawServer(serve) as server:
            check_failed(program, server.url, "said nothing for 1.0 s", "--duration", "30")
    left.set()


@test("vaquero bench ws: says what is wrong with a server that leaves or lies", served=False)
def leaves(program):
    def leave_after(farewell):
        def serve(client):
            client.upgrade()
            client.echo()
            client.message()
            farewell(client)
        return serve

    for farewell, said in (
            (lambda client: client.send(CLOSE, close_payload(1001, b"bye")), '1001 "bye"'),
            (lambda client: None, "without a close frame"),
            (lambda client: client.send(TEXT, b"another"), "another than the message"),
            (lambda client: client.send(TEXT, b"x", reserved=1), "RFC 6455 forbids")):
        with RawServer(leave_after(farewell)) as server:
            check_failed(program, server.url, said, "--duration", "30")


def stopped_in_the_middle(server, stop):
    """Its exit status, stdout and stderr: `stop(running)` is called while it measures."""
    command = [server.command[0], "bench", "ws", "--url", server.ws("/echo"), "--warm-up", "0",
               "--duration", "60"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          preexec_fn=die_with_parent) as running:
        while "measuring" not in running.stderr.readline():
            pass
        stop(running)
        out, errors = running.communicate()
    return running.returncode, out, errors


@test("vaquero bench ws: a server that ends in the middle ends the run, which tells what there is")
def ends_in_the_middle(server):
    status, out, errors = stopped_in_the_middle(server, lambda _: server.end(signal.SIGTERM))
    check_equal(status, 1)
    assert "closed a connection with 1001" in errors, errors
    assert "messages" in out, out


@test("vaquero bench ws: an interrupt ends the run, which tells what there is")
def interrupt(server):
    status, out, errors = stopped_in_the_middle(
        server, lambda running: running.send_signal(signal.SIGINT))
    check_equal(status, 130)
    assert "interrupted" in errors and "messages" in out, (out, errors)


@test("vaquero bench ws: tells its progress on one line of a terminal, and on lines elsewhere")
def progress(server):
    command = [server.command[0], "bench", "ws", "--url", server.ws("/echo"), "--connections", "4",
               "--warm-up", "0", "--duration", "0.6"]
    ours, theirs = pty.openpty()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=theirs, check=True, timeout=60,
                          preexec_fn=die_with_parent)
    os.close(theirs)
    shown = os.read(ours, 65536)
    os.close(ours)
    assert shown.startswith(b"\r\x1b[Kopening 4") and b"\n" not in shown, shown
    assert b"server CPU" in done.stdout and b"\x1b" not in done.stdout, done.stdout
    _, _, errors = call(*command)
    check_equal(errors.split()[:2], ["opening", "4"])
    assert "\x1b" not in errors and errors.count("\n") > 2, errors


run()
