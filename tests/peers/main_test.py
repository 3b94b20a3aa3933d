"""A program of a user's whose main is vaquero::main: the command line that it gets."""
import os
import subprocess
import tempfile

from harness import Server, call, check_equal, die_with_parent, run, test
from raw_websocket import TEXT, RawWebSocket, frame


def echoes(server, path):
    with RawWebSocket(server, path=path) as peer:
        if not peer.head.startswith(b"HTTP/1.1 101 "):
            return False
        peer.send(frame(TEXT, b"x"))
        check_equal(peer.next_frame(), (TEXT, b"x"))
        return True


@test("vaquero::main: --help has the subcommands and the handlers, under the file's name",
      served=False)
def help_text(program):
    status, out, errors = call(program, "--help")
    check_equal((status, errors), (0, ""))
    for text in ("parrot greeter", "Usage: main_server ", "serve", "check", "config"):
        assert text in out, f"{text!r} is not in {out!r}"
    status, out, errors = call(program, "--dance")
    check_equal((status, out), (2, ""))
    assert errors.startswith("main_server: "), errors


@test("vaquero::main: neither a version nor a demo is offered", served=False)
def no_version_no_demo(program):
    for arguments in (["--version"], ["serve", "--demo"]):
        status, out, errors = call(program, *arguments)
        check_equal((status, out), (2, ""))
        assert arguments[-1] in errors.splitlines()[0], errors


@test("vaquero::main: each handler is served at its name, and no demo")
def at_their_names(server):
    assert echoes(server, "/parrot")
    with RawWebSocket(server, path="/greeter") as peer:
        peer.send(frame(TEXT, b"x"))
        check_equal(peer.next_frame(), (TEXT, b"You said: x"))
    assert not echoes(server, "/echo")
    with RawWebSocket(server, path="/") as peer:
        assert peer.head.startswith(b"HTTP/1.1 404 "), peer.head


@test("vaquero::main: a configuration names the program's handlers", served=False)
def configuration(program):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "rooms.toml")
        with open(path, "w", encoding="utf-8") as file:
            file.write('[[route]]\npath = "/room/:id"\nhandler = "parrot"\n')
        check_equal(call(program, "check", "--config", path), (0, "", ""))
        with Server(program, "--config", path) as server:
            assert echoes(server, "/room/7")
            assert not echoes(server, "/parrot")


@test("vaquero::main: topics lie below their name, and take POSTs with the token", served=False)
def topics(program):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "token")
        with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
            file.write("t0ken")
        with Server(program, "--publish-token-file", path) as server, \
                RawWebSocket(server, path="/news/a") as peer:
            for token, status in (("wrong", "401"), ("t0ken", "204")):
                done = subprocess.run(
                    ["curl", "-sm", "60", "-o", "/dev/null", "-w", "%{http_code}", "-d", token,
                     "-H", f"Authorization: Bearer {token}", server.http("/news/a")],
                    capture_output=True, text=True, check=True, preexec_fn=die_with_parent)
                check_equal(done.stdout, status)
            check_equal(peer.next_frame(), (TEXT, b"t0ken"))


run()
