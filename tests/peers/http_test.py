"""The pages of the program, asked for by curl."""
import http.client
import json
import subprocess

from harness import check_equal, die_with_parent, run, test
from raw_websocket import TEXT, RawWebSocket, frame


def curl(*arguments):
    """(status, headers, body); header names in lower case."""
    command = ["curl", "--silent", "--show-error", "--include", "--max-time", "60", *arguments]
    done = subprocess.run(command, capture_output=True, check=True, preexec_fn=die_with_parent)
    head, body = done.stdout.split(b"\r\n\r\n", 1)
    status_line, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    return int(status_line.split()[1]), headers, body


@test("curl: GET / is the page of the demo")
def page(server):
    status, headers, body = curl(server.http("/"))
    check_equal((status, headers["content-type"]), (200, "text/html; charset=utf-8"))
    check_equal(int(headers["content-length"]), len(body))
    assert body.startswith(b"<!doctype html>"), body[:50]
    assert all(b'id="%s"' % part in body for part in (b"hello", b"echo", b"connections"))
    assert body.rstrip().endswith(b"</html>"), body[-50:]


@test("curl: HEAD / says the length of the page and sends none of it")
def head(server):
    whole = curl(server.http("/"))[1]
    status, headers, body = curl("--head", server.http("/"))
    check_equal((status, headers["content-length"], body), (200, whole["content-length"], b""))


@test("curl: a path that leads nowhere is a 404")
def not_found(server):
    for path in ("/nowhere", "/echo/more", "/%00", "//"):
        status = curl("--path-as-is", server.http(path))[0]
        check_equal((path, status), (path, 400 if path == "/%00" else 404))


@test("curl: POST to a page is a 405 that allows GET and HEAD")
def not_allowed(server):
    status, headers, _ = curl("--data", "x=1", server.http("/"))
    check_equal((status, headers["allow"]), (405, "GET, HEAD"))


@test("curl: a body that waits for a 100 gets one")
def continues(server):
    command = ["curl", "--silent", "--include", "--max-time", "60", "--expect100-timeout", "50",
               "--header", "Expect: 100-continue", "--data", "x=1", server.http("/")]
    done = subprocess.run(command, capture_output=True, check=True, preexec_fn=die_with_parent)
    first, second = done.stdout.split(b"\r\n\r\n")[:2]
    check_equal((first, second.split(b"\r\n")[0]),
                (b"HTTP/1.1 100 Continue", b"HTTP/1.1 405 Method Not Allowed"))
    check_equal(curl("--header", "Expect: coffee", server.http("/"))[0], 417)


@test("curl: a handler's path without an upgrade is a 426 that names websocket")
def upgrade_required(server):
    for path in ("/echo", "/hello"):
        status, headers, _ = curl(server.http(path))
        check_equal((status, headers["upgrade"]), (426, "websocket"))
        assert "upgrade" in headers["connection"].lower(), headers


@test("curl: a request that is too large is refused with its status")
def too_large(server):
    check_equal(curl(server.http("/" + "x" * 9000))[0], 414)
    check_equal(curl("--header", "X: " + "x" * 5000, server.http("/"))[0], 431)


@test("http.client: one socket carries requests of every kind, one after another")
def keep_alive(server):
    host, port = server.address
    client = http.client.HTTPConnection(host, port, timeout=60)
    client.connect()
    ours = client.sock.getsockname()
    for method, path, status in (("GET", "/", 200), ("HEAD", "/", 200), ("GET", "/nowhere", 404),
                                 ("POST", "/", 405), ("GET", "/echo", 426), ("GET", "/", 200)):
        client.request(method, path, body=b"body" if method == "POST" else None)
        answer = client.getresponse()
        body = answer.read()
        check_equal((method, path, answer.status), (method, path, status))
        check_equal(len(body), 0 if method == "HEAD" else int(answer.headers["content-length"]))
        assert answer.headers["connection"].endswith("keep-alive"), answer.headers
        check_equal(client.sock.getsockname(), ours)
    client.close()


def connections(server):
    status, headers, body = curl(server.http("/connections"))
    check_equal((status, headers["content-type"]), (200, "application/json"))
    return json.loads(body)


@test("curl: /connections lists a client while it is there, and counts it when it has gone")
def connection_list(server):
    check_equal(connections(server), {"count": 0, "ended": 0, "connections": []})
    with RawWebSocket(server) as peer:
        peer.send(frame(TEXT, b"x"))
        peer.next_frame()
        seen = connections(server)
        check_equal((seen["count"], seen["ended"]), (1, 0))
        row, = seen["connections"]
        check_equal((row["route"], row["handler"]), ("/echo", "vaquero::echo"))
        check_equal(row["peer"], "127.0.0.1:%d" % peer.socket.getsockname()[1])
        check_equal(row["queued_bytes"], 0)
    while connections(server)["ended"] != 1:
        pass  # each look is a request; the harness bounds them all
    check_equal(connections(server), {"count": 0, "ended": 1, "connections": []})


run()
