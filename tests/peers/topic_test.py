"""/topic/NAME: what Python's `websockets`, Node's `ws`, curl and a client by hand say to each other."""
import asyncio
import http.client
import itertools
import os
import signal
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import websockets
from harness import Server, call, check_equal, die_with_parent, run, test
from node_peer import NodePeer
from raw_websocket import BINARY, CLOSE, PING, PONG, TEXT, RawWebSocket, frame

# The same topics three times: as the demo has them, compressed, and for clients that want the latest only.
ROUTES = """
[[route]]
path = "/topic/[...]"
handler = "topic"
options = { send_timeout = "2s" }
[[route]]
path = "/packed/[...]"
handler = "topic"
options = { compress = true, compress_min_size = 1 }
[[route]]
path = "/latest/[...]"
handler = "topic"
options = { queue_policy = "keep_latest", unsent_bytes_max = 4096 }
"""


@contextmanager
def serving(program, *options, config="", log=None):
    """A server of those routes. With `log`, which is a file, it may log there."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "vaquero.toml")
        with open(path, "w", encoding="utf-8") as file:
            file.write((f'[log]\nfile = "{log}"\n' if log else "") + config + ROUTES)
        with Server(program, "--config", path, *options) as server:
            yield server


def post(server, path, body=b"", **headers):
    """(status, headers, body) of a POST; _ in a header's name is -, and None leaves it out."""
    client = http.client.HTTPConnection(*server.address, timeout=60)
    client.putrequest("POST", path)
    lines = {"Content_Length": str(len(body)), **headers}
    for name, value in lines.items():
        if value is not None:
            client.putheader(name.replace("_", "-"), value)
    client.endheaders(body)
    answer = client.getresponse()
    result = answer.status, answer.headers, answer.read()
    client.close()
    return result


def status(server, path, *arguments):
    """Of a request by curl."""
    done = subprocess.run(["curl", "-sm", "60", "-o", "/dev/null", "-w", "%{http_code}", *arguments,
                           server.http(path)], capture_output=True, check=True, text=True,
                          preexec_fn=die_with_parent)
    return int(done.stdout)


def handshake_status(server, path):
    return int(RawWebSocket(server, path=path).head.split()[1])


@test("topic: clients of three kinds, plain and compressed, hear all that each and a POST say",
      served=False)
def fan_out(program):
    async def talk(server):
        async with websockets.connect(server.ws("/packed/a/b")) as packed, \
                websockets.connect(server.ws("/topic/a:b"), compression=None) as plain:
            assert packed.extensions and not plain.extensions
            with NodePeer(server.ws("/packed/a/b")) as node, \
                    RawWebSocket(server, path="/topic/a/b") as raw:
                assert node.extensions, "not compressed"

                async def heard(text):
                    check_equal(await packed.recv(), text)
                    check_equal(await plain.recv(), text)
                    check_equal(node.hear(), {"text": text})
                    check_equal(raw.next_frame(), (TEXT, text.encode()))

                await packed.send("from Python, to all and itself \u2713")
                await heard("from Python, to all and itself \u2713")
                node.say("from Node" * 100)
                await heard("from Node" * 100)
                raw.send(frame(TEXT, b"by hand"))
                await heard("by hand")
                check_equal(post(server, "/topic/a/b", b"by a POST")[0], 204)
                await heard("by a POST")
                check_equal(post(server, "/packed/a:b", b"by another path")[0], 204)
                await heard("by another path")
                await plain.send("")
                await heard("")
    with serving(program) as server:
        asyncio.run(talk(server))


@test("topic: what one client publishes arrives at each in its order", served=False)
def order(program):
    count = 5000

    async def talk(server):
        async with websockets.connect(server.ws("/topic/order"), max_queue=None) as plain, \
                websockets.connect(server.ws("/packed/order"), max_queue=None) as packed:
            async def publish():
                for i in range(count):
                    await plain.send(str(i))
            publishing = asyncio.create_task(publish())
            for i in range(count):
                check_equal((await plain.recv(), await packed.recv()), (str(i), str(i)))
            await publishing
    with serving(program, "--loops", "2") as server:
        asyncio.run(talk(server))


@test("topic: binaries stay binaries, and a ping is for the server alone")
def binaries(server):
    data = bytes(range(256))
    with RawWebSocket(server, path="/topic/b") as one, RawWebSocket(server, path="/topic/b") as two:
        one.send(frame(PING, b"?"), frame(BINARY, data))
        check_equal([one.next_frame(), one.next_frame()], [(PONG, b"?"), (BINARY, data)])
        check_equal(two.next_frame(), (BINARY, data))
        check_equal(post(server, "/topic/b", data, Content_Type="application/octet-stream")[0], 204)
        check_equal((one.next_frame(), two.next_frame()), ((BINARY, data), (BINARY, data)))


@test("topic: those of another topic, and of a longer name, hear nothing")
def others(server):
    with RawWebSocket(server, path="/topic/a") as peer:
        for path in ("/topic/b", "/topic/a/b", "/topic//a", "/topic/A", "/topic/%61"):
            check_equal(post(server, path, path.encode())[0], 204)
        check_equal(peer.next_frame(), (TEXT, b"/topic/%61"))  # which is /topic/a


@test("topic: a name is decoded, and its levels are what separators make of it")
def decoded(server):
    for path, same in (("/topic/caf%C3%A9%20noir", "/topic/caf\u00e9 noir"),
                       ("/topic/a%2Fb", "/topic/a/b"), ("/topic/a/b/", "/topic/a:b"),
                       ("/topic//x", "/topic/:x"), ("/topic/a/./c/../b", "/topic/a/b")):
        with RawWebSocket(server, path=path) as peer:
            quoted = same.replace(" ", "%20").replace("\u00e9", "%c3%a9")
            check_equal(post(server, quoted, b"x")[0], 204)
            check_equal(peer.next_frame(), (TEXT, b"x"))


@test("topic: what is no topic is refused before the upgrade, and as well for a POST")
def refused(server):
    longest = "x" * 256
    for path, expected in (("/topic", 404), ("/topic/", 404), ("/topic/a/+", 400),
                           ("/topic/a%23", 400), ("/topic/%23", 400), ("/topic/a+b", 400),
                           ("/topic/" + longest, 0), ("/topic/" + longest + "x", 400),
                           ("/topic/a" + "/a" * 31, 0), ("/topic/a" + "/a" * 32, 400),
                           ("/topic/a?key=" + longest, 0), ("/topic/a?key=x" + longest, 400),
                           ("/topic/%ff", 400)):
        check_equal((path, handshake_status(server, path)), (path, expected or 101))
        check_equal((path, post(server, path)[0]), (path, expected or 204))


@test("topic: only POST publishes; a GET is for an upgrade")
def methods(server):
    check_equal(status(server, "/topic/a"), 426)
    for method in ("PUT", "DELETE", "OPTIONS", "PATCH"):
        check_equal(status(server, "/topic/a", "-X", method), 405)
    check_equal(status(server, "/topic/a", "--head"), 426)  # as GET
    done = subprocess.run(["curl", "-sim", "60", "-X", "PUT", server.http("/topic/a")],
                          capture_output=True, check=True, text=True, preexec_fn=die_with_parent)
    assert "\nAllow: GET, POST\n" in done.stdout, done.stdout


@test("topic: a POST says how long it is, and is no longer than max_body", served=False)
def lengths(program):
    with serving(program, config="[limits]\nmax_body = 1000\n") as server, \
            RawWebSocket(server, path="/topic/a") as peer:
        check_equal(post(server, "/topic/a", Content_Length=None)[0], 411)
        in_chunks = ["-H", "Transfer-Encoding: chunked", "-d", "in chunks"]
        check_equal(status(server, "/topic/a", *in_chunks), 204)
        check_equal(peer.next_frame(), (TEXT, b"in chunks"))
        check_equal(post(server, "/topic/a", b"x" * 1000)[0], 204)
        check_equal(peer.next_frame(), (TEXT, b"x" * 1000))
        check_equal(post(server, "/topic/a", b"x" * 1001)[0], 413)
        check_equal(post(server, "/topic/a")[0], 204)
        check_equal(peer.next_frame(), (TEXT, b""))


@test("topic: a POST is a text, which is UTF-8, unless it says that it is bytes")
def types(server):
    with RawWebSocket(server, path="/topic/a") as peer:
        for content_type, expected in ((None, TEXT), ("text/plain; charset=utf-8", TEXT),
                                       ("application/json", TEXT),
                                       ("Application/Octet-Stream ; x=y", BINARY)):
            check_equal(post(server, "/topic/a", b"\xc3\xa9", Content_Type=content_type)[0], 204)
            check_equal(peer.next_frame(), (expected, b"\xc3\xa9"))
        check_equal(post(server, "/topic/a", b"\xff")[0], 400)
        check_equal(post(server, "/topic/a", b"\xff", Content_Type="application/octet-stream")[0],
                    204)
        check_equal(peer.next_frame(), (BINARY, b"\xff"))


@test("topic: what a POST retains comes first to those who come later, until it is cleared")
def retained(server):
    for key, value in (("", b"old"), ("", b"last"), ("&key=x", b"of x"), ("&key=y", b"of y")):
        check_equal(post(server, "/topic/kept?retain" + key, value)[0], 204)
    check_equal(post(server, "/topic/kept", b"not kept")[0], 204)
    check_equal(post(server, "/topic/kept?retain&key=y")[0], 204)
    with RawWebSocket(server, path="/topic/kept") as peer:
        post(server, "/topic/kept", b"newer")
        check_equal([peer.next_frame() for _ in range(3)],
                    [(TEXT, b"last"), (TEXT, b"of x"), (TEXT, b"newer")])


@test("topic: without a token, proxies and pages of other hosts are refused")
def without_token(server):
    own = "http://%s:%d" % server.address
    for headers, expected in (({}, 204), ({"Origin": own}, 204), ({"Origin": "http://evil"}, 403),
                              ({"Origin": "null"}, 403), ({"Forwarded": "for=127.0.0.1"}, 403),
                              ({"X-Forwarded-For": "127.0.0.1"}, 403)):
        check_equal((headers, post(server, "/topic/a", b"x", **headers)[0]), (headers, expected))


def token_file(folder, content, mode=0o600):
    path = os.path.join(folder, "token")
    with open(path, "w", encoding="utf-8") as file:
        file.write(content)
    os.chmod(path, mode)
    return path


def status_with(server, credentials):
    return post(server, "/topic/a", b"x", **({"Authorization": credentials} if credentials else {}))


def check_token(server, token):
    check_equal(status_with(server, f"Bearer {token}")[0], 204)
    for wrong in (None, "Bearer", f"Bearer {token}x", f"Bearer x{token[1:]}", f"Basic {token}"):
        code, headers, body = status_with(server, wrong)
        check_equal((wrong, code), (wrong, 401))
        assert headers["WWW-Authenticate"].startswith("Bearer"), headers
        assert token.encode() not in body, body


@test("topic: with --publish-token-file only who brings the token may publish, also at the demo",
      served=False)
def with_token(program):
    with tempfile.TemporaryDirectory() as folder:
        path = token_file(folder, "s3cret-TOKEN\n")
        with Server(program, "--publish-token-file", path) as server:
            check_token(server, "s3cret-TOKEN")
            with RawWebSocket(server, path="/topic/a") as peer:  # which takes none
                peer.send(frame(TEXT, b"x"))
                check_equal(peer.next_frame(), (TEXT, b"x"))
            token_file(folder, "another")
            server.process.send_signal(signal.SIGHUP)
            while status_with(server, "Bearer another")[0] != 204:
                pass  # each look is a request; the harness bounds them all
            check_token(server, "another")


@test("topic: SIGHUP reads a configured token again, and keeps it where the new one is wrong",
      served=False)
def token_reload(program):
    with tempfile.TemporaryDirectory() as folder:
        path, log = token_file(folder, "first-one"), os.path.join(folder, "log")
        with serving(program, config=f'[publish]\ntoken_file = "{path}"\n', log=log) as server:
            def lines_after_hang_up(count):
                server.process.send_signal(signal.SIGHUP)
                while True:
                    with open(log, encoding="utf-8") as file:
                        lines = file.read().splitlines()[2:]  # behind those of the start
                    if len(lines) >= count:
                        return lines
            check_token(server, "first-one")
            token_file(folder, "second-1", mode=0o644)
            assert "is open to everybody" in lines_after_hang_up(1)[0]
            check_token(server, "first-one")
            token_file(folder, "second-1")
            said = lines_after_hang_up(2)
            assert "configuration reloaded" in said[1], said
            check_token(server, "second-1")
            said = "".join(lines_after_hang_up(3))
            assert "first-one" not in said and "second-1" not in said, said


@test("topic: a token's file that is empty, missing or open to everybody is refused with status 2",
      served=False)
def wrong_token_files(program):
    with tempfile.TemporaryDirectory() as folder:
        config = os.path.join(folder, "vaquero.toml")
        for content, mode, said in (("", 0o600, "holds no token"), ("a b", 0o600, "holds no token"),
                                    ("a", 0o604, "is open to everybody"),
                                    ("x" * 1025, 0o600, "holds more than 1024 bytes"),
                                    (None, 0, "cannot be read: No such file or directory")):
            path = os.path.join(folder, "missing") if content is None else \
                token_file(folder, content, mode)
            code, out, errors = call(program, "serve", "--publish-token-file", path)
            check_equal((code, out), (2, ""))
            assert errors.startswith(f'vaquero: the token file "{path}" {said}'), errors
            with open(config, "w", encoding="utf-8") as file:
                file.write(ROUTES + f'[publish]\ntoken_file = "{path}"\n')
            line = ROUTES.count("\n") + 2
            for command in ("check", "serve"):
                code, out, errors = call(program, command, "--config", config)
                check_equal((code, out), (2, ""))
                assert errors.startswith(f'{config}:{line}: the token file "{path}" {said}'), errors


@test("topic: a client that stops reading sees fewer of a key's values, and the newest",
      served=False)
def keep_latest(program):
    count, size = 400, 100_000
    with serving(program) as server, \
            RawWebSocket(server, path="/latest/prices") as slow, \
            RawWebSocket(server, path="/topic/prices") as quick:
        for i in range(count):
            check_equal(post(server, "/topic/prices?key=EUR", b"%d " % i + b"x" * size)[0], 204)
            check_equal(quick.next_frame()[1].split()[0], b"%d" % i)
        seen = []
        while not seen or seen[-1] != count - 1:
            seen.append(int(slow.next_frame()[1].split()[0]))
        assert len(seen) < count // 2 and seen == sorted(seen), seen


@test("topic: a client that does not read what another publishes is closed, and disturbs no other",
      served=False)
def stalled(program):
    payload = b"x" * 50_000
    with serving(program) as server, RawWebSocket(server, path="/topic/f") as stalled_one, \
            RawWebSocket(server, path="/topic/f") as publisher:
        for i in range(400):
            publisher.send(frame(TEXT, b"%d" % i + payload))
            check_equal(publisher.next_frame(), (TEXT, b"%d" % i + payload))
        heard = 0
        while (last := stalled_one.next_frame())[0] != CLOSE:
            check_equal(last, (TEXT, b"%d" % heard + payload))
            heard += 1
        check_equal(last[1][:2], (1013).to_bytes(2, "big"))
        assert heard < 400, heard


@test("topic: a client that floods and does not read is read from no more, and disturbs no other",
      served=False)
def flood(program):
    payload = b"x" * 50_000
    with serving(program) as server, RawWebSocket(server, path="/topic/f") as reader, \
            RawWebSocket(server, path="/topic/f") as flooder, ThreadPoolExecutor() as threads:
        numbers = itertools.count()

        def read_all():
            heard = []
            while not heard or heard[-1] != b"still here":
                heard.append(reader.next_frame()[1].removesuffix(payload))
            return heard
        reading = threads.submit(read_all)
        try:  # until it has taken nothing for send_timeout
            while True:
                flooder.send(frame(TEXT, b"%d" % next(numbers) + payload))
        except (ConnectionResetError, BrokenPipeError):
            pass
        check_equal(post(server, "/topic/f", b"still here")[0], 204)
        heard = reading.result()
        check_equal(heard[:-1], [b"%d" % i for i in range(len(heard) - 1)])
        assert len(heard) < next(numbers), len(heard)


run()
