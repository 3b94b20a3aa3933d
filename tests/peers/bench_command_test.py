#!/usr/bin/python3
"""The command line of `vaquero bench`: what it takes and refuses, and its comparison of processes."""
import json
import os
import subprocess
import tempfile

from harness import call, check_equal, die_with_parent, run, test

USAGE_ERROR = 2


@test("vaquero bench --help, and that of each subcommand, name what can be said", served=False)
def help_text(program):
    for words, said in (((), "actors"), (("ws",), "--workload"), (("actors",), "--row"),
                        (("report",), "--report")):
        status, out, errors = call(program, "bench", *words, "--help")
        check_equal((words, status, errors), (words, 0, ""))
        assert said in out, out


def check_refused(program, said, *arguments):
    status, out, errors = call(program, "bench", *arguments)
    check_equal((arguments, status, out), (arguments, USAGE_ERROR, ""))
    assert said in errors, (arguments, errors)


@test("vaquero bench: refuses what makes no sense, and says what is allowed", served=False)
def usage(program):
    url = ("--url", "ws://127.0.0.1:1/")
    check_refused(program, "subcommand")
    check_refused(program, "--url", "ws")
    for wrong, said in (("http://127.0.0.1/", "ws://"), ("wss://127.0.0.1/", "TLS"),
                        ("ws://127.0.0.1:0/", "65535"), ("ws://127.0.0.1:65536/", "65535"),
                        ("ws:///path", "no host"), ("ws://127.0.0.1/a b", "blank")):
        check_refused(program, said, "ws", "--url", wrong)
    check_refused(program, "echo", "ws", *url, "--workload", "dance")
    check_refused(program, "16", "ws", *url, "--workload", "fanout", "--size", "15")
    check_refused(program, "--rate", "ws", *url, "--workload", "timers", "--rate", "5")
    check_refused(program, "2 --connections", "ws", *url, "--workload", "idle",
                  "--connections", "1")
    check_refused(program, "--threads", "ws", *url, "--connections", "1", "--threads", "2")
    check_refused(program, "1000000", "ws", *url, "--size", "1000001")
    check_refused(program, "Name: value", "ws", *url, "--header", "nonsense")
    check_refused(program, "--report", "ws", *url, "--compare", "a.json")
    check_refused(program, "cannot write", "ws", *url, "--report", "/no/such/page.html")
    check_refused(program, "cannot read", "report", "/no/such.json", "--report", "a.html")
    check_refused(program, "no row", "actors", "--row", "dance")


@test("vaquero bench ws: loads no other machine unless it is told to", served=False)
def strangers(program):
    # 192.0.2.0/24 is nobody's (RFC 5737), and is not asked.
    check_refused(program, "--allow-remote", "ws", "--url", "ws://192.0.2.1/")
    check_refused(program, "--allow-remote", "ws", "--url", "ws://[2001:db8::1]:80/")


@test("vaquero bench actors: measures the rows that it is told to", served=False)
def actors(program):
    with tempfile.TemporaryDirectory() as folder:
        file, page = os.path.join(folder, "a.json"), os.path.join(folder, "a.html")
        status, out, errors = call(program, "bench", "actors", "--row", "fork_join", "--skip",
                                   "beam", "--skip", "caf_stealing", "--rounds", "1", "--scale",
                                   "0.0005", "--json", file, "--report", page)
        check_equal(status, 0)
        rows = json.load(open(file))["rows"]
        assert "fork_join" in open(page).read()
    check_equal([(row["name"], row["vaquero"] > 0, row["beam"]) for row in rows],
                [("fork_join", True, None)])
    assert "fork_join" in out and "round 1" in errors, (out, errors)


@test("vaquero bench actors: a missing BEAM is said, with what to do", served=False)
def no_beam(program):
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([program, "bench", "actors"], env={"PATH": folder}, timeout=60,
                              capture_output=True, text=True, preexec_fn=die_with_parent,
                              check=False)
    check_equal(done.returncode, 1)
    assert "erlang-base" in done.stderr and "--skip beam" in done.stderr, done.stderr


run()
