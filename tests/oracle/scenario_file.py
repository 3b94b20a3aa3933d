"""Reads scenarios (README.md says how they are written) and turns them into what both interpreters run."""
import re
from pathlib import Path

FOLDER = Path(__file__).parent / "scenarios"

# What a command's arguments are: p process, r reference that was made, n new reference, w word, t term.
VERBS = {
    "spawn": "n", "spawn_link": "n", "spawn_monitor": "nn", "link": "p", "unlink": "p",
    "monitor": "pn", "demonitor": "r", "trap_exit": "w", "crash": "t", "send": "pt", "alive": "p",
    "call": "ptw", "answer": "t", "take": "tw",
    "register": "w", "unregister": "w", "whereis": "w", "hold": "", "release": "",
    "start_timer": "wptn", "start_timer_at": "wptn", "send_after": "wptn", "send_after_at": "wptn",
    "cancel_timer": "r", "read_timer": "r",
    "pg_join": "w", "pg_leave": "w", "pg_members": "w", "pg_local_members": "w", "pg_groups": "",
    "pg_monitor": "wn", "pg_demonitor": "r",
}
TIMERS = [verb for verb, wanted in VERBS.items() if wanted == "wptn"]
STATEMENTS = {"expect", "ends"}
SOON = 1000  # milliseconds; what is due later never fires in a scenario


class Malformed(Exception):
    """A line that is no command; the operator of the oracle wrote it."""


class Scenario:
    """A name, its lines as written, the commands to run, and what it states about the events."""

    def __init__(self, name, text):
        self.name = name
        self.lines = text.splitlines()
        self.commands = []    # (line, process or ".", [word])
        self.statements = []  # (line, process, what)
        self.processes = set()
        self.references = set()
        for number, line in enumerate(self.lines, 1):
            if line.strip() and not line.startswith("#"):
                try:
                    self.read(number, line)
                except Malformed as error:
                    raise Malformed(f"{name}.scn:{number}: {line.strip()}: {error}") from None

    def read(self, number, line):
        actor = re.match(r"([a-z]\w*): +", line)
        if actor:
            self.read_command(number, actor.group(1), line[actor.end():])
        elif line.startswith(("spawn ", "body ")):
            verb, *names = line.split()
            for name in names:
                self.processes.add(name)
                self.commands.append((number, ".", [verb, name]))
        elif re.fullmatch(r"wait \d+", line):
            self.commands.append((number, ".", line.split()))
        else:
            raise Malformed("no `PROCESS: COMMAND`, no `spawn NAME...`, no `body NAME...`, "
                            "no `wait MILLISECONDS`")

    def read_command(self, number, actor, text):
        if actor not in self.processes:
            raise Malformed(f"nobody spawned {actor}")
        text, _, result = text.partition(" -> ")
        words = split(text)
        result = "-> " + "".join(split(result)) if result else ""
        if words[0] in STATEMENTS:
            prefix = "ended " if words[0] == "ends" else ""
            self.statements.append((number, actor, result or prefix + "".join(words[1:])))
            return
        words = [word for word in words if word != "as"]
        self.check(words)
        self.commands.append((number, actor, [timer_target(word) for word in words]))
        if result:
            self.statements.append((number, actor, result))

    def check(self, words):
        if words[0] == "next":
            words = words[1:]
        verb, arguments = words[0], words[1:]
        if verb == "exit":
            wanted = "t" if len(arguments) == 1 else "pt"
        elif verb in VERBS:
            wanted = VERBS[verb]
        else:
            raise Malformed("no such verb; there are exit, " + ", ".join(VERBS))
        if verb == "demonitor" and arguments[1:] == ["flush"]:
            wanted = "rw"
        if len(wanted) != len(arguments):
            raise Malformed(f"{verb} takes {len(wanted)} arguments")
        for kind, argument in zip(wanted, arguments):
            self.check_argument(kind, argument)
        if verb.startswith("spawn"):
            self.processes.add(arguments[0])

    def check_argument(self, kind, argument):
        if kind == "n":
            self.references.add(argument)
        elif kind == "r" and argument not in self.references:
            raise Malformed(f"nothing made {argument}")
        elif kind == "p" and argument not in self.processes and not argument.startswith("@"):
            raise Malformed(f"nobody spawned {argument}")

    def program(self, slowness=1):
        """What the interpreters read; `slowness` stretches the times that are waited for."""
        lines = [f"{number} {actor} {' '.join(stretched(words, slowness))}"
                 for number, actor, words in self.commands]
        return "\n".join([f"scenario {self.name}", *lines, "end", ""])


def stretched(words, slowness):
    if words[0] != "wait" and words[0] not in TIMERS or int(words[1]) >= SOON:
        return words
    return [words[0], str(int(words[1]) * slowness), *words[2:]]


def timer_target(word):
    return "{name," + word[1:] + "}" if word.startswith("@") else word


def split(text):
    """Splits at spaces outside of brackets, and drops those inside."""
    words, depth = [""], 0
    for character in text.strip():
        depth += (character in "{[") - (character in "}]")
        if character != " ":
            words[-1] += character
        elif depth == 0 and words[-1]:
            words.append("")
    return words


def read_all():
    """Every scenario, by its name: FOLDER/SENTENCE."""
    paths = sorted(FOLDER.rglob("*.scn"))
    names = [path.relative_to(FOLDER).with_suffix("").as_posix() for path in paths]
    return [Scenario(name, path.read_text(encoding="utf-8")) for name, path in zip(names, paths)]
