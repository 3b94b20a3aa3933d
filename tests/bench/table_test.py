#!/usr/bin/python3
"""Tests of bench/table with programs that measure nothing: what it makes of their documents.

  table_test.py TABLE [SENTENCE]      runs one test, or all
"""
import json
import pathlib
import subprocess
import sys
import tempfile

tests = {}

PROGRAM = """#!/usr/bin/python3
import json, pathlib, sys
folder = pathlib.Path(__file__).parent
document = folder / (pathlib.Path(__file__).name + ".json")
with open(folder / "calls", "a") as calls:
    print(pathlib.Path(__file__).name, *sys.argv[1:], file=calls)
if not document.exists():
    sys.exit("no document")
pathlib.Path(sys.argv[sys.argv.index("--json") + 1]).write_text(document.read_text())
"""


def test(sentence):
    def add(function):
        tests[sentence] = function
        return function
    return add


def check_equal(found, expected):
    assert found == expected, f"found {found!r}, expected {expected!r}"


def document(program, results, goals=()):
    return {"program": program, "results": results, "goals": list(goals),
            "machine": {"processors": 2, "processor": "a processor", "kernel": "a kernel"}}


def sample(cpu_us, others=0.01):
    return {"server_cpu_us": cpu_us, "rate": 1000 / cpu_us, "others_cpu": others}


PROGRAMS = ("echo", "handshake", "idle", "fanout", "topics")

ECHO = document("echo", [
    {"server": "vaquero", "load": "depth 1", "instructions": 681.4, "send": 1.0,
     "samples": [sample(9.0), sample(1.0), sample(2.0, others=0.2)]},
    {"server": "beast", "load": "depth 1", "samples": []},
    {"server": "ws", "load": "depth 1", "instructions": 22400}],
    [{"what": "instructions", "at_most": 700, "measured": 681.4, "met": True},
     {"what": "calls", "at_most": 1, "measured": 1.5, "met": False}])


class Table:
    """A build with these programs, and what bench/table makes of it."""

    def __init__(self, documents):
        self.folder = tempfile.TemporaryDirectory()
        self.bench = pathlib.Path(self.folder.name, "bench")
        self.bench.mkdir()
        for name in PROGRAMS:
            program = self.bench / name
            program.write_text(PROGRAM)
            program.chmod(0o755)
            if name in documents:
                (self.bench / (name + ".json")).write_text(json.dumps(documents[name]))

    def run(self, *arguments):
        done = subprocess.run([TABLE, "--build", self.folder.name, *arguments], check=False,
                              capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout.splitlines(), done.stderr

    def calls(self):
        return (self.bench / "calls").read_text().splitlines()


@test("the table has a column for each server, a row for each measure, and medians")
def columns_and_rows():
    status, lines, errors = Table({"echo": ECHO}).run("--only", "echo")
    check_equal((status, errors.split(" took ")[0]), (0, "bench/table: echo"))
    check_equal(lines[1], "machine: 2 x a processor, a kernel, others 1 to 1 %")
    check_equal(lines[5:], [
        "| | vaquero | ws |",
        "|---|---:|---:|",
        "| echo, depth 1, instructions | 681 | 22,400 |",
        "| echo, depth 1, sends | 1.00 | - |",
        "| echo, depth 1, CPU us | 2.00 | - |",
        "| echo, depth 1, a second | 500 | - |",
        "",
        "- echo, instructions: 681.40, at most 700.00: met",
        "- echo, calls: 1.50, at most 1.00: NOT MET"])


@test("every program gets the servers that were chosen, and the product's loops are measured")
def servers_for_every_program():
    programs = {name: ECHO for name in PROGRAMS}
    table = Table(programs)
    check_equal(table.run("--skip", "ws", "--server", "other=run it")[0], 0)
    calls = table.calls()
    check_equal([call.split()[0] for call in calls],
                ["echo", "handshake", "idle", "fanout", "echo", "idle", "topics", "echo", "fanout"])
    chosen = ["--peers --skip ws --server other=run it" in call for call in calls]
    check_equal(chosen, [True] * 6 + [False] * 3)
    check_equal(["--loops 1 2" in call for call in calls], [False] * 7 + [True] * 2)


@test("what only the product has is left out with it")
def without_the_product():
    table = Table({name: ECHO for name in PROGRAMS})
    check_equal(table.run("--skip", "vaquero")[0], 0)
    check_equal([call.split()[0] for call in table.calls()],
                ["echo", "handshake", "idle", "fanout", "echo", "idle"])


@test("a row that comes with its unit is told as it is, and one that was not told says why")
def rows_with_units():
    topics = document("topics", [{"server": "vaquero", "load": "publish", "value": 1317.4,
                                  "unit": "ns", "decimals": 1}])
    fanout = document("fanout", [{"server": "ws", "load": "stalled", "fault": "it closed them"}])
    _, lines, _ = Table({"topics": topics, "fanout": fanout}).run("--only", "topics",
                                                                  "--only", "fanout")
    assert "| topics, publish, ns | 1,317.4 |" in lines, lines
    assert "- fanout, ws, stalled: not told, for it closed them" in lines, lines


@test("what an earlier document holds is told, and only the rest is measured")
def resumes():
    with tempfile.TemporaryDirectory() as folder:
        kept = str(pathlib.Path(folder, "kept.json"))
        check_equal(Table({"echo": ECHO}).run("--only", "echo", "--json", kept)[0], 0)
        table = Table({name: ECHO for name in PROGRAMS})
        status, lines, _ = table.run("--resume", kept)
        check_equal(status, 0)
        check_equal([call.split()[0] for call in table.calls()],
                    ["handshake", "idle", "fanout", "echo", "idle", "topics", "echo", "fanout"])
        assert "--deflate" in table.calls()[3], table.calls()
        check_equal(lines[7], "| echo, depth 1, instructions | 681 | 22,400 |")
        again = Table({"echo": ECHO})
        check_equal(again.run("--resume", kept, "--only", "echo")[0], 0)
        check_equal(len(again.calls()), 1)


@test("no program is told anything twice, in a quick table or a whole one")
def told_once():
    for arguments in ((), ("--quick",), ("--rounds", "1")):
        table = Table({name: ECHO for name in PROGRAMS})
        check_equal(table.run(*arguments)[0], 0)
        for call in table.calls():
            options = [word for word in call.split() if word.startswith("--")]
            check_equal((call, len(set(options))), (call, len(options)))


@test("fewer rounds reach the programs that have some")
def rounds():
    table = Table({name: ECHO for name in PROGRAMS})
    check_equal(table.run("--rounds", "2")[0], 0)
    with_rounds = [call.split()[0] for call in table.calls() if "--rounds 2" in call]
    check_equal(with_rounds, ["echo", "handshake", "fanout", "echo", "echo", "fanout"])


@test("when a program fails, what was measured before is told, and the status is that program's")
def failure_keeps_the_rest():
    with tempfile.TemporaryDirectory() as folder:
        kept = pathlib.Path(folder, "kept.json")
        status, lines, errors = Table({"echo": ECHO}).run("--json", str(kept))
        check_equal((status, errors.splitlines()[1:]), (1, ["no document"]))
        assert "| | vaquero | ws |" in lines, lines
        check_equal(list(json.loads(kept.read_text())["runs"]), ["echo"])


@test("a build without the programs is refused with what to run")
def refuses_no_build():
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([TABLE, "--build", folder], check=False, capture_output=True,
                              text=True, timeout=60)
        check_equal((done.returncode, done.stdout), (2, ""))
        assert "run bench/setup" in done.stderr, done.stderr


if __name__ == "__main__":
    TABLE, *sentences = sys.argv[1:]
    for chosen_sentence in sentences or tests:
        print(chosen_sentence, flush=True)
        tests[chosen_sentence]()
