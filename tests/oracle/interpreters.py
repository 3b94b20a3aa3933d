"""Runs scenarios on both sides and gives back what each process saw."""
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
PATIENCE = 100  # seconds for all scenarios of one run
NO_CRASH_DUMP = {**os.environ, "ERL_CRASH_DUMP_BYTES": "0"}
SLOWNESS_MAX = 100  # how far times are stretched where a busy machine missed one


class Failed(Exception):
    """An interpreter is missing, could not be built, or did not come to its end."""


class Side:
    """One interpreter: takes a list of scenarios, returns {name: [(line, process, what)]}."""

    def __init__(self, title, command):
        self.title = title
        self.command = command
        self.cells = []  # of the exit signal table, as Erlang's interpreter tells them

    def run(self, scenarios, slowness=1):
        traces, late = self.parse(self.output(scenarios, slowness))
        again = [each for each in scenarios if each.name in late]
        if again and slowness > SLOWNESS_MAX:
            raise Failed(f"{self.title}: too slow a machine for the timers of {again[0].name}")
        if again:
            traces |= self.run(again, slowness * 8)
        return traces

    def output(self, scenarios, slowness):
        with tempfile.NamedTemporaryFile("w", suffix=".program") as program:
            program.write("".join(scenario.program(slowness) for scenario in scenarios))
            program.flush()
            try:
                done = subprocess.run([*self.command, program.name], capture_output=True, text=True,
                                      timeout=PATIENCE, check=False, env=NO_CRASH_DUMP)
            except subprocess.TimeoutExpired as error:
                raise Failed(f"{self.title}: no end after {PATIENCE} s; the last it said:\n"
                             + (error.stdout or b"").decode()[-500:]) from None
        ends = done.stdout.count("\nend\n")
        if done.returncode != 0 or ends != len(scenarios):
            raise Failed(f"{self.title}: exit status {done.returncode} after {ends} of "
                         f"{len(scenarios)} scenarios\n{done.stdout[-500:]}{done.stderr[-2000:]}")
        return done.stdout

    def parse(self, output):
        """The traces, and the names of the scenarios whose timers fired before they should."""
        traces, late, name, events = {}, set(), None, []
        for line in output.splitlines():
            kind, _, rest = line.partition(" ")
            if kind == "scenario":
                name, events = rest, []
            elif kind == "end":
                traces[name] = events
            elif kind == "late":
                late.add(name)
            elif kind == "cell":
                way, reason, trapping, outcome = rest.split(" ", 3)
                self.cells.append((name, (way, reason, trapping == "true"), outcome))
            else:
                process, _, what = rest.partition(" ")
                events.append((int(kind), process, what))
        return traces, late


def erlang(folder):
    """Compiles the interpreter in Erlang into `folder`."""
    sources = [str(path) for path in sorted(HERE.glob("erlang/*.erl"))]
    try:
        subprocess.run(["erlc", "-Werror", "-o", folder, *sources], check=True,
                       stdout=sys.stderr, stderr=sys.stderr)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Failed(f"erlc and erl (of the package erlang-base) are needed: {error}") from None
    return Side("Erlang", ["erl", "+S", "1", "-noshell", "-pa", folder, "-run", "oracle", "main"])


def vaquero(build):
    """The interpreter of a build folder; without one, the one that was built last."""
    name = "tests/oracle/oracle_interpreter"
    found = [Path(build) / name] if build else (HERE.parent.parent / "build").glob("*/" + name)
    found = sorted((path for path in found if path.exists()), key=lambda path: path.stat().st_mtime)
    if not found:
        raise Failed(f"{name} is not built" + (f" in {build}" if build else " in any build folder"))
    return Side("Vaquero", [str(found[-1].resolve())])
