"""`vaquero` with a configuration file: what is checked, served, reloaded and logged."""
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time

from harness import Server, call, check_equal, die_with_parent, run, test
from raw_websocket import TEXT, RawWebSocket, frame

ROUTE = '[[route]]\npath = "%s"\nhandler = "echo"\n'


class File:
    """A configuration in a folder of its own."""
    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "vaquero.toml")
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def write(self, text):
        with open(self.path, "w", encoding="utf-8") as out:
            out.write(text)
        return self.path

    def log(self):
        return os.path.join(self.folder.name, "log")

    def lines(self, count):
        """The log's lines, when there are so many."""
        while True:
            if os.path.exists(self.log()):
                with open(self.log(), encoding="utf-8") as log:
                    lines = log.read().splitlines()
                if len(lines) >= count:
                    return lines
            time.sleep(0.01)


def echoes(server, path):
    with RawWebSocket(server, path=path) as peer:
        if not peer.head.startswith(b"HTTP/1.1 101 "):
            return False
        peer.send(frame(TEXT, b"x"))
        check_equal(peer.next_frame(), (TEXT, b"x"))
        return True


@test("config: what --defaults prints passes the check", served=False)
def defaults(program):
    status, out, errors = call(program, "config", "--defaults")
    check_equal((status, errors), (0, ""))
    with File() as file:
        check_equal(call(program, "check", "--config", file.write(out)), (0, "", ""))


@test("config: a wrong file is refused by check and by serve, with line and status 2", served=False)
def wrong_file(program):
    with File() as file:
        path = file.write(ROUTE % "/a" + "x = 1\n")
        for command in ("check", "serve"):
            status, out, errors = call(program, command, "--config", path)
            check_equal((status, out), (2, ""))
            assert errors.startswith(f'{path}:4: "x" is no key of [[route]]; there are '), errors
        status, _, errors = call(program, "check", "--config", path + ".not")
        check_equal((status, errors), (2, f"{path}.not: it cannot be read: "
                                          "No such file or directory\n"))


@test("config: routes and folders are served, and the command line goes before the file",
      served=False)
def serves(program):
    with File() as file:
        path = file.write('[[listener]]\nlisten = "203.0.113.1:1"\n' + ROUTE % "/mine" +
                          f'[[static]]\npath = "/files"\nfolder = "{file.folder.name}"\n')
        with Server(program, "--config", path, "--loops", "1") as server:
            assert echoes(server, "/mine")
            assert not echoes(server, "/echo")
            body = subprocess.run(["curl", "-sm", "30", server.http("/files/vaquero.toml")],
                                  capture_output=True, check=True, text=True).stdout
            assert body.startswith("[[listener]]"), body


@test("config: SIGHUP reloads for new connections, and keeps what it has where the file is wrong",
      served=False)
def reload(program):
    with File() as file:
        log = f'[log]\nfile = "{file.log()}"\n'
        path = file.write(log + ROUTE % "/old")
        with Server(program, "--config", path) as server, \
                RawWebSocket(server, path="/old") as kept:
            file.write(log + ROUTE % "/new[")
            server.process.send_signal(signal.SIGHUP)
            started = 2  # with what, and where
            assert f"not reloaded: {path}:4: the path" in file.lines(started + 1)[-1]
            assert echoes(server, "/old")
            file.write(log + "[server]\nloops = 3\n" + ROUTE % "/new")
            server.process.send_signal(signal.SIGHUP)
            assert "takes a restart" in file.lines(started + 3)[-1]
            assert echoes(server, "/new")
            assert not echoes(server, "/old")
            kept.send(frame(TEXT, b"still"))
            check_equal(kept.next_frame(), (TEXT, b"still"))


@test("log: a JSON line is JSON, whatever the peer sent, and nothing of it is raw", served=False)
def json_log(program):
    with File() as file:
        path = file.write(f'[log]\nfile = "{file.log()}"\nformat = "json"\n' + ROUTE % "/a")
        with Server(program, "--config", path) as server:
            host, port = server.address
            asked = ["curl", "-sm", "30", "-o", "/dev/null", "-H", "Upgrade: websocket",
                     "-H", "Connection: upgrade", "-H", "Sec-WebSocket-Version: 13",
                     "-H", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]
            subprocess.run([*asked, "-H", 'Origin: http://\x1b[31m"\\evil\xe9', f"http://{host}:{port}/a"],
                           check=False)
            subprocess.run([*asked, "-H", 'Origin: http://"\\evil\t\xe9', f"http://{host}:{port}/a"],
                           check=True)
            line = json.loads(file.lines(3)[2])
            check_equal((sorted(line), line["level"]), (["event", "level", "time"], "warning"))
            assert '"http://"\\x5cevil\\x09' in line["event"], line


def serve_logging_to(program, stderr, path):
    """The server with stderr there: it refuses an origin, which it logs, and still serves."""
    with subprocess.Popen([program, "serve", "--config", path], stdout=subprocess.PIPE, text=True,
                          stderr=stderr, preexec_fn=die_with_parent) as process:
        url = process.stdout.readline().split()[-1]
        for _ in range(3):
            done = subprocess.run(
                ["curl", "-sm", "30", "-o", "/dev/null", "-w", "%{http_code}", "-H",
                 "Upgrade: websocket", "-H", "Connection: upgrade", "-H", "Origin: http://evil",
                 "-H", "Sec-WebSocket-Version: 13", "-H",
                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", url + "/a"],
                capture_output=True, text=True, check=True)
            check_equal(done.stdout, "403")
        process.send_signal(signal.SIGTERM)
        check_equal(process.wait(timeout=30), 0)


@test("log: a full disk or a closed pipe under it does not stop the server", served=False)
def unwritable_log(program):
    with File() as file:
        listener = '[[listener]]\nlisten = "127.0.0.1:0"\n'
        path = file.write(listener + ROUTE % "/a")
        reading, writing = os.pipe()
        os.close(reading)
        serve_logging_to(program, writing, path)
        os.close(writing)
        full = file.write('[log]\nfile = "/dev/full"\n' + listener + ROUTE % "/a")
        serve_logging_to(program, sys.stderr, full)


@test("log: a pipe under it that nobody reads stops nobody, and SIGTERM ends the server",
      served=False)
def unread_log(program):
    with File() as file:
        path = file.write('[log]\nlevel = "debug"\n[[listener]]\nlisten = "127.0.0.1:0"\n' +
                          ROUTE % "/a")
        reading, writing = os.pipe()
        while select.select([], [writing], [], 0)[1]:
            os.write(writing, b"\n" * select.PIPE_BUF)
        serve_logging_to(program, writing, path)
        os.close(writing)
        os.close(reading)


@test("log: the start, a reload and the end are lines, and tell what an operator asks for",
      served=False)
def life(program):
    with File() as file:
        path = file.write(f'[log]\nfile = "{file.log()}"\n' + ROUTE % "/a")
        with Server(program, "--config", path, "--loops", "2") as server, \
                RawWebSocket(server, path="/a") as peer:
            server.process.send_signal(signal.SIGHUP)
            file.lines(3)
            server.ask_to_end(signal.SIGTERM)
            peer.next_frame()
            peer.socket.close()
            told = [line.split(" ", 1)[1] for line in file.lines(5)]
            version = call(program, "--version")[1].strip()
            check_equal(told, [f"info: {version} starts with configuration {path}",
                               f"info: started: listening on {server.urls[0]} with 2 loops",
                               f"info: configuration reloaded from {path}",
                               "info: stopping: SIGTERM",
                               "info: stopped: 1 connections ended, 0 sockets given up"])


@test("log: sockets that are left after shutdown_timeout are told of", served=False)
def given_up(program):
    with File() as file:
        path = file.write('[server]\nshutdown_timeout = "100ms"\n'
                          f'[log]\nfile = "{file.log()}"\n' + ROUTE % "/a")
        with Server(program, "--config", path) as server, RawWebSocket(server, path="/a"):
            server.ask_to_end(signal.SIGTERM)  # and the client does not close
            told = [line.split(" ", 1)[1] for line in file.lines(5)]
            check_equal(told[3:], ["warning: 1 sockets were left after shutdown_timeout, and are "
                                   "given up",
                                   "info: stopped: 1 connections ended, 1 sockets given up"])


@test("config: an empty file is refused for what is missing", served=False)
def empty(program):
    with File() as file:
        path = file.write("")
        check_equal(call(program, "check", "--config", path),
                    (2, "", f"{path}:1: there is nothing to serve; a [[route]] or a [[static]]\n"))


@test("config: status pages are for this machine, and for no proxy", served=False)
def status(program):
    with File() as file:
        path = file.write('[status]\npath = "/ops"\n' + ROUTE % "/[...]")
        with Server(program, "--config", path) as server, RawWebSocket(server, path="/a"):
            def ask(page, *options):
                done = subprocess.run(["curl", "-sm", "30", "-w", "\n%{http_code}", *options,
                                       server.http(page)],
                                      capture_output=True, text=True, check=True)
                return done.stdout.rsplit("\n", 1)
            body, code = ask("/ops/connections")
            check_equal((code, json.loads(body)["connections"][0]["route"]), ("200", "/[...]"))
            body, code = ask("/ops/topics")
            check_equal((code, json.loads(body)), ("200", {"count": 0, "topics": []}))
            check_equal(ask("/ops/topics", "-H", "X-Forwarded-For: 192.0.2.1")[1], "403")


@test("log: one that cannot be opened is refused", served=False)
def unopenable_log(program):
    with File() as file:
        path = file.write('[log]\nfile = "/no/such/folder/log"\n' + ROUTE % "/a")
        status, out, errors = call(program, "serve", "--config", path)
        check_equal((status, out), (1, ""))
        check_equal(errors, 'vaquero: the log "/no/such/folder/log" cannot be opened: '
                            "No such file or directory\n")


run()
