#!/usr/bin/python3
"""The installed package, as a stranger meets it: package_test.py BUILD_FOLDER SOURCE_FOLDER.

Installs into a folder of its own, and unpacks the .deb into another. Against these alone it builds
each project of examples/ and that of the guide, runs them, and speaks to them with Python's
websockets and Node's ws."""
import asyncio
import pathlib
import re
import shutil
import sys
import tempfile

import websockets

import guide_blocks
from installed import PATIENCE, Program, build_with, on_any_port, run

DEPENDENCIES = ("libboost1.81-dev", "libcaf-dev", "libspdlog-dev", "libssl-dev", "zlib1g-dev",
                "libc6", "libcaf-core0.17", "libssl3", "libstdc++6", "zlib1g")


def headers_keep_to_themselves(prefix, folder):
    headers = [header.relative_to(prefix / "include")
               for header in sorted(prefix.glob("include/vaquero/**/*.hpp"))]
    assert pathlib.Path("vaquero/server.hpp") in headers
    for header in headers:
        for line in (prefix / "include" / header).read_text().splitlines():
            assert not line.startswith('#include "'), f"{header}: {line}"
    all_of_them = folder / "all.cpp"
    all_of_them.write_text("".join(f"#include <{header}>\n" for header in headers))
    run("c++", "-std=c++20", "-fsyntax-only", "-I", prefix / "include", all_of_them)


def files_below(folder):
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}


def unpack_deb(build, source, folder):
    """Returns the prefix in what the .deb holds: what is installed, and no word of this machine."""
    run("cpack", "--config", build / "CPackConfig.cmake", "-G", "DEB", "-B", folder / "deb")
    (package,) = (folder / "deb").glob("vaquero_*.deb")
    listed = re.findall(r"[^ ,]+(?= |,|$)", run("dpkg-deb", "-f", package, "Depends"), re.MULTILINE)
    for dependency in DEPENDENCIES:
        assert dependency in listed, f"{dependency} is not in {listed}"
    for field in ("Maintainer", "Description"):
        assert "aquero" in run("dpkg-deb", "-f", package, field), f"{field} says nothing"
    run("dpkg-deb", "-x", package, folder / "unpacked")
    for page in ("README.md", "guide/README.md", "manual/server.md"):
        assert (folder / "unpacked/usr/share/doc/vaquero" / page).is_file(), f"{page} is missing"
    for path in files_below(folder / "unpacked"):
        content = (folder / "unpacked" / path).read_bytes()
        assert str(source).encode() not in content, f"{path} names {source}"
    return folder / "unpacked/usr"


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


def examples_run(prefix, source, folder):
    with Program(build_with(prefix, source / "examples/echo", folder), "--port", "0") as server:
        asyncio.run(talk(server.url + "/echo", "there and back", "there and back"))
    with Program(build_with(prefix, source / "examples/push", folder), "--port", "0") as server:
        asyncio.run(talk(server.url + "/time", None, "welcome, you are number 1", ":"))
    copy = folder / "hello"  # as a stranger does it: in a folder of one's own
    shutil.copytree(source / "examples/hello", copy)
    (copy / "hello.cpp").write_text(on_any_port((copy / "hello.cpp").read_text()))
    with Program(build_with(prefix, copy, folder)) as server:
        asyncio.run(hello_passes_on_what_is_said_to_bob(server.url))


def main(build, source):
    readme_example_is_the_example(source)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        prefix = folder / "usr"
        run("cmake", "--install", build, "--prefix", prefix)
        headers_keep_to_themselves(prefix, folder)
        unpacked = unpack_deb(build, source, folder)
        assert files_below(unpacked) == files_below(prefix)
        for each in (prefix, unpacked):
            assert "vaquero" in run(each / "bin/vaquero", "--version")
        examples_run(unpacked, source, folder)
        guide_blocks.try_all(source / "docs/guide", prefix, folder)


main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve())
