#!/usr/bin/python3
"""The installed package, as a stranger meets it: package_test.py BUILD_FOLDER SOURCE_FOLDER.

Installs into a folder of its own, builds each project of examples/ against that alone, runs it, and
speaks to it with Python's websockets."""
import asyncio
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

import websockets

PATIENCE = 60


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}"
    return done.stdout


class Program:
    """An example while it runs; left without an exception, it must end well on SIGTERM."""

    def __init__(self, *command):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        assert line.startswith("listening on http://"), line
        self.url = line.split()[-1].replace("http", "ws", 1)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.process.send_signal(signal.SIGKILL if kind else signal.SIGTERM)
        status = self.process.wait(timeout=PATIENCE)
        assert kind or status == 0, status


def headers_keep_to_themselves(prefix):
    for header in prefix.glob("include/vaquero/**/*.hpp"):
        for line in header.read_text().splitlines():
            assert not line.startswith('#include "'), f"{header}: {line}"
    for name in ("main", "server"):
        assert (prefix / f"include/vaquero/{name}.hpp").exists()


def readme_example_is_the_example(source):
    code = (source / "examples/hello/hello.cpp").read_text()
    first = (source / "README.md").read_text().split("```cpp\n")[1].split("```")[0]
    assert first == code, "README's first example differs from examples/hello/hello.cpp"


async def talk(url, say, *answers):
    async with websockets.connect(url) as peer:
        if say is not None:
            await peer.send(say)
        for answer in answers:
            heard = await asyncio.wait_for(peer.recv(), PATIENCE)
            assert answer in heard, f"{heard!r} has no {answer!r}"


async def hello_passes_on_what_is_said_to_bob(url):
    async with websockets.connect(url + "/websocket?name=bob") as bob:
        await asyncio.wait_for(bob.recv(), PATIENCE)  # Hello!
        await talk(url + "/websocket", "hi", "You said: hi")
        assert await asyncio.wait_for(bob.recv(), PATIENCE) == "Heard: hi"


def build_with(prefix, project, folder):
    """Builds a project as its README says; returns the program, which has the project's name."""
    made = pathlib.Path(folder) / ("build-" + project.name)
    run("cmake", "-S", project, "-B", made, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}",
        "-DCMAKE_BUILD_TYPE=Release")
    run("cmake", "--build", made)
    return made / project.name


def hello_on_any_port(source, folder):
    """A copy in a folder of one's own. The example listens on 8080, which may be taken here."""
    copy = pathlib.Path(folder) / "hello"
    shutil.copytree(source / "examples/hello", copy)
    code = (copy / "hello.cpp").read_text()
    assert '"127.0.0.1:8080"' in code
    (copy / "hello.cpp").write_text(code.replace('"127.0.0.1:8080"', '"127.0.0.1:0"'))
    return copy


def main(build, source):
    readme_example_is_the_example(source)
    with tempfile.TemporaryDirectory() as folder:
        prefix = pathlib.Path(folder) / "usr"
        run("cmake", "--install", build, "--prefix", prefix)
        headers_keep_to_themselves(prefix)
        assert "vaquero" in run(prefix / "bin/vaquero", "--version")
        echo = build_with(prefix, source / "examples/echo", folder)
        with Program(echo, "--port", "0") as server:
            asyncio.run(talk(server.url + "/echo", "there and back", "there and back"))
        push = build_with(prefix, source / "examples/push", folder)
        with Program(push, "--port", "0") as server:
            asyncio.run(talk(server.url + "/time", None, "welcome, you are number 1", ":"))
        hello = build_with(prefix, hello_on_any_port(source, folder), folder)
        with Program(hello) as server:
            asyncio.run(hello_passes_on_what_is_said_to_bob(server.url))


main(sys.argv[1], pathlib.Path(sys.argv[2]))
