#!/usr/bin/python3
"""Tests of the program `vaquero` from the outside, by peers that share no code with it.

A test file says @test("what holds") over its functions and calls run() at its end; CMakeLists.txt
finds the sentences there. Each test has a server of its own, on a port that the system picks.

  X_test.py PROGRAM [SENTENCE]      runs one test, or all
  harness.py PROGRAM COMMAND...     runs a command with the server's address in VAQUERO_URL
"""
import asyncio
import ctypes
import inspect
import os
import resource
import signal
import subprocess
import sys
import tempfile

PATIENCE = 100  # seconds for one test, below ctest's own bound
STOP_PATIENCE = 30
PR_SET_PDEATHSIG = 1

tests = {}


def test(sentence, served=True):
    """The function gets a running server, or the program's path; it may be a coroutine."""
    def add(function):
        assert sentence not in tests, sentence
        tests[sentence] = (function, served)
        return function
    return add


def check_equal(found, expected):
    assert found == expected, f"found {found!r:.300}, expected {expected!r:.300}"


def die_with_parent():
    """In a child, before it becomes the program: whatever happens to the test, nothing is left."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def call(program, *arguments):
    """(status, stdout, stderr) of a call that ends by itself."""
    done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60,
                          check=False, preexec_fn=die_with_parent)
    return done.returncode, done.stdout, done.stderr


def start_watch():
    def too_long(*_):
        raise TimeoutError(f"the test took more than {PATIENCE} s")
    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(PATIENCE)


class Server:
    """`vaquero serve` while it runs. A context: left without an exception, it is ended and must
    have ended well and logged nothing wrong; after one, it is killed and what it said is shown."""

    def __init__(self, program, *options, listen=("127.0.0.1:0",), soft_limit=None):
        self.command = [program, "serve", *options]
        self.listen = listen
        for address in listen:
            self.command += ["--listen", address]
        self.soft_limit = soft_limit
        self.lines = []
        self.urls = []
        self.asked_to_end = False

    def _before_exec(self):
        die_with_parent()
        if self.soft_limit:
            hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
            resource.setrlimit(resource.RLIMIT_NOFILE, (self.soft_limit, hard))

    def __enter__(self):
        self.errors = tempfile.TemporaryFile(mode="w+")
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=self.errors,
                                        text=True, preexec_fn=self._before_exec)
        for _ in self.listen:
            line = self.process.stdout.readline()
            self.lines.append(line)
            if not line.startswith("listening on http://"):
                self._kill()
                raise AssertionError(f"{line!r} is not what the server says when it listens")
            self.urls.append(line.split()[-1])
        return self

    def __exit__(self, kind, *_):
        if kind:
            self._kill()
            return
        try:
            if self.process.returncode is None:
                self.end(None if self.asked_to_end else signal.SIGTERM)
        except BaseException:
            self._kill()
            raise

    def _kill(self):
        self.process.kill()
        self.process.wait()
        print("the server's stderr:", self.logged() or "(nothing)", sep="\n")

    def ask_to_end(self, by):
        """Asks by a signal, and waits for nothing: a second one would end it at once."""
        self.asked_to_end = True
        self.process.send_signal(by)

    def end(self, by=None):
        """Ends the server by a signal, or waits for its end, and holds it to ending well."""
        if by is not None:
            self.ask_to_end(by)
        check_equal(self.process.wait(timeout=STOP_PATIENCE), 0)
        check_equal(self.process.stdout.read(), "")
        # Every run says that it starts and ends. A machine under load may stall a loop; that is what
        # the monitor is there to say.
        may_say = (" info: ", "blocks its thread", "a loop runs callbacks")
        said = [line for line in self.logged().splitlines() if not any(x in line for x in may_say)]
        check_equal(said, [])

    def logged(self):
        self.errors.seek(0)
        return self.errors.read()

    def http(self, path):
        return self.urls[0] + path

    def ws(self, path):
        return self.urls[0].replace("http:", "ws:") + path

    @property
    def address(self):
        host, port = self.urls[0].removeprefix("http://").rsplit(":", 1)
        return host.strip("[]"), int(port)


def run_one(sentence, program):
    function, served = tests[sentence]
    start_watch()
    if not served:
        function(program)
        return
    with Server(program) as server:
        if inspect.iscoroutinefunction(function):
            asyncio.run(function(server))
        else:
            function(server)


def run():
    program, *sentences = sys.argv[1:]
    for sentence in sentences or tests:
        print(sentence, flush=True)
        run_one(sentence, program)


def serve_command(program, *command):
    start_watch()
    with Server(program) as server:
        done = subprocess.run(command, env={**os.environ, "VAQUERO_URL": server.ws("")},
                              preexec_fn=die_with_parent, check=False)
        check_equal(done.returncode, 0)


if __name__ == "__main__":
    serve_command(*sys.argv[1:])
