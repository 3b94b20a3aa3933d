"""Random scenarios without races: no command gives one process two events whose order Erlang leaves open."""
import random

import model
from comparison import Allowed
from scenario_file import Malformed, Scenario

COMMANDS = 40
FIRST = ["a", "b", "c", "d", "e"]
LATER = ["f", "g", "h"]
NAMES = ["x", "y"]
GROUPS = ["p", "q"]
REASONS = ["normal", "normal", "kill", "killed", "shutdown", "{shutdown, late}", "oops", "42",
           "noproc"]
WEIGHTS = {
    "link": 14, "unlink": 4, "monitor": 10, "demonitor": 6, "trap_exit": 8, "exit": 4, "signal": 12,
    "crash": 1, "send": 8, "alive": 2, "register": 4, "unregister": 2, "whereis": 3, "hold": 3,
    "release": 5, "start_timer": 2, "send_after": 2, "fire": 1, "cancel_timer": 3, "read_timer": 2,
    "spawn": 1, "spawn_link": 3, "spawn_monitor": 3, "send_to_name": 3,
    "pg_join": 4, "pg_leave": 3, "pg_members": 2, "pg_groups": 1, "pg_monitor": 2,
    "pg_demonitor": 1,
}


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.made = 0                              # references
        self.references = {"monitor": [], "timer": [], "group": []}  # (owner, name)

    def new(self, kind, owner):
        self.made += 1
        self.references[kind].append((owner, f"r{self.made}"))
        return f"as r{self.made}"

    def one_of(self, kind, owner=None):
        names = [name for who, name in self.references[kind] if owner in (None, who)]
        return self.random.choice(names) if names else None

    def command(self, state):
        """The text of a command, or None where there is nothing it could be about."""
        pick = self.random.choice
        verb = self.random.choices(*zip(*WEIGHTS.items()))[0]
        living = sorted(state.living)
        if not living:
            return None
        actor, other = pick(living), pick(sorted(state.known))
        arguments = {
            "link": other, "unlink": other, "alive": other,
            "trap_exit": pick(["true", "true", "false"]), "crash": "boom",
            "send": f"{other} m{self.random.randrange(100)}",
            "register": pick(NAMES), "unregister": pick(NAMES), "whereis": pick(NAMES),
            "hold": "", "release": "", "pg_groups": "",
            "pg_join": pick(GROUPS), "pg_leave": pick(GROUPS), "pg_members": pick(GROUPS),
        }
        if verb in arguments:
            return f"{actor}: {verb} {arguments[verb]}".strip()
        return getattr(self, "make_" + verb)(actor, other, verb)

    def make_send_to_name(self, actor, _other, _verb):
        return f"{actor}: send @{self.random.choice(NAMES)} m{self.random.randrange(100)}"

    def make_exit(self, actor, _other, _verb):
        return f"{actor}: exit {self.random.choice(REASONS)}"

    def make_signal(self, actor, other, _verb):
        return f"{actor}: exit {other} {self.random.choice(REASONS)}"

    def make_monitor(self, actor, other, _verb):
        return f"{actor}: monitor {other} {self.new('monitor', actor)}"

    def make_demonitor(self, actor, _other, verb):
        name = self.one_of("monitor", actor)
        return name and f"{actor}: {verb} {name}{self.random.choice([' flush', ''])}"

    def make_start_timer(self, actor, other, verb):
        to = self.random.choice([other, "@" + self.random.choice(NAMES)])
        return f"{actor}: {verb} 60000 {to} tick {self.new('timer', actor)}"

    make_send_after = make_start_timer

    def make_fire(self, actor, other, _verb):
        to = self.random.choice([other, "@" + self.random.choice(NAMES)])
        verb = self.random.choice(["start_timer", "send_after"])
        return f"{actor}: {verb} 4 {to} tick {self.new('timer', actor)}\nwait 8"

    def make_cancel_timer(self, actor, _other, verb):
        name = self.one_of("timer")
        return name and f"{actor}: {verb} {name}"

    make_read_timer = make_cancel_timer

    def make_spawn(self, actor, _other, verb):
        name = next((each for each in LATER if each not in self.known), None)
        if name is None:
            return None
        more = " " + self.new("monitor", actor) if verb == "spawn_monitor" else ""
        return f"{actor}: {verb} {name}{more}"

    make_spawn_link = make_spawn
    make_spawn_monitor = make_spawn

    def make_pg_monitor(self, actor, _other, verb):
        return f"{actor}: {verb} {self.random.choice(GROUPS)} {self.new('group', actor)}"

    def make_pg_demonitor(self, actor, _other, verb):
        name = self.one_of("group", actor)
        return name and f"{actor}: {verb} {name}"

    def lines(self):
        lines = ["spawn " + " ".join(FIRST)]
        state = model.run(lines)
        while len(lines) < COMMANDS and state.living:
            self.known = state.known
            references = {kind: list(made) for kind, made in self.references.items()}
            text = self.command(state)
            after = text and model.run(lines + text.split("\n"))
            if after:
                state = after
                lines += text.split("\n")
            else:
                self.references = references
        return lines


def program(seed, number):
    return Scenario(f"random/{number}", "\n".join(Generator(seed).lines()))


def disagreements(programs, erlang, ours):
    left, right, allowed = erlang.run(programs), ours.run(programs), Allowed()
    return [each for each in programs
            if not allowed.agree(each.name, left[each.name], right[each.name])]


def shrunk(failing, erlang, ours):
    """Drops one command after the other for as long as the rest still fails and has no race."""
    name = failing.name
    while True:
        smaller = [without(failing, name, at) for at in range(1, len(failing.lines))]
        smaller = [each for each in smaller if each]
        still = disagreements(smaller, erlang, ours)
        if not still:
            return failing
        failing = still[0]


def without(scenario, name, at):
    """The scenario without a line; None where the others make no sense then."""
    lines = scenario.lines[:at] + scenario.lines[at + 1:]
    try:
        smaller = Scenario(f"{name} without line {at + 1}", "\n".join(lines))
    except Malformed:
        return None
    return smaller if model.run(lines) else None
