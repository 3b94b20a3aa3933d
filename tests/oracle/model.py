"""Erlang's processes as far as it takes to see a race in a program: who is linked to whom, who monitors whom,
who would die. It predicts no trace; that is what Erlang is for."""
from collections import Counter

SOON = 1000  # milliseconds; a timer that is due later never fires in a program


class Race(Exception):
    """Two events of one command reach one process from different places, or the command makes no sense."""


class World:
    def __init__(self):
        self.known, self.living, self.trapping, self.held = set(), set(), set(), set()
        self.links = set()     # frozenset of two
        self.monitors = {}     # reference: (watcher, target)
        self.made = set()      # references
        self.names = {}        # name: process
        self.groups = Counter()  # (group, process): how often
        self.watchers = {}     # reference: (group, process)
        self.is_timer_due = False
        self.events = Counter()  # of this command, by process

    def step(self, line):
        self.events.clear()
        before = set(self.living)
        self.before = list(self.monitors.values()), list(self.watchers.values())
        self.first_to_end = None
        head, _, rest = line.partition(": ")
        if self.is_timer_due != line.startswith("wait"):
            raise Race("a timer is due, and nothing waits for it; or the other way round")
        self.is_timer_due = False
        if not rest:
            names = set(line.split()[1:]) if line.startswith("spawn") else set()
            self.known |= names
            self.living |= names
            return
        words = rest.replace(", ", ",").replace(" as ", " ").split()
        if head not in self.living:
            raise Race(f"{head} has ended")
        getattr(self, words[0], self.nothing)(head, *words[1:])
        if any(count > 1 for count in self.events.values()):
            raise Race("two events of one command")
        if set(self.events) & (before - self.living):
            raise Race("an event at a process that ends by the same command")

    def nothing(self, _actor, *arguments):
        self.need(*arguments)

    def need(self, *arguments):
        """References that an earlier line, which may have been dropped, made."""
        for each in arguments:
            if each[0] == "r" and each[1:].isdigit() and each not in self.made:
                raise Race("nothing made this")

    def event(self, process):
        """Also for one that ends by the same command: it may come before or after that."""
        if process != self.first_to_end:
            self.events[process] += 1

    # -- ends --------------------------------------------------------------------------------------

    def end(self, process, reason):
        """The process ends; whom its links take along."""
        if process not in self.living:
            return
        self.living.discard(process)
        self.held.discard(process)
        self.names = {name: who for name, who in self.names.items() if who != process}
        self.first_to_end = self.first_to_end or process
        self.monitors = {ref: pair for ref, pair in self.monitors.items() if process not in pair}
        self.watchers = {ref: pair for ref, pair in self.watchers.items() if pair[1] != process}
        linked = [other for link in self.links if process in link for other in link - {process}]
        self.links = {link for link in self.links if process not in link}
        for watcher, target in self.before[0]:
            if target == process:
                self.event(watcher)
        self.leave_all(process)
        for other in sorted(linked):
            self.signal(other, reason)

    def signal(self, process, reason):
        if process in self.trapping:
            self.event(process)
        elif reason != "normal":
            self.end(process, reason)

    def exit(self, actor, *arguments):
        target, reason = arguments if len(arguments) == 2 else (actor, arguments[0])
        if len(arguments) == 1:
            self.end(actor, reason)
        elif reason == "kill":
            self.end(target, "killed")
        elif target == actor and target not in self.trapping:
            self.end(target, reason)
        elif target in self.living:
            self.signal(target, reason)

    def crash(self, actor, *_):
        self.end(actor, "boom")

    # -- links and monitors ------------------------------------------------------------------------

    def link(self, actor, other):
        if other in self.living and other != actor:
            self.links.add(frozenset((actor, other)))
        elif other not in self.living:
            self.signal(actor, "noproc")

    def unlink(self, actor, other):
        self.links.discard(frozenset((actor, other)))

    def monitor(self, actor, other, ref):
        self.made.add(ref)
        if other not in self.living:
            self.event(actor)
        elif other != actor:
            self.monitors[ref] = (actor, other)

    def demonitor(self, _actor, ref, *_):
        self.need(ref)
        self.monitors.pop(ref, None)

    def trap_exit(self, actor, on):
        (self.trapping.add if on == "true" else self.trapping.discard)(actor)

    def spawn(self, _actor, child, *_):
        if child in self.known:
            raise Race(f"{child} was spawned before")
        self.known.add(child)
        self.living.add(child)

    def spawn_link(self, actor, child):
        self.spawn(actor, child)
        self.link(actor, child)

    def spawn_monitor(self, actor, child, ref):
        self.spawn(actor, child)
        self.monitor(actor, child, ref)

    # -- messages, names, timers, groups -----------------------------------------------------------

    def hold(self, actor):
        if actor in self.held or len(self.held) == 2:
            raise Race("enough are held")
        self.held.add(actor)

    def release(self, actor):
        if actor not in self.held:
            raise Race(f"{actor} is not held")
        self.held.discard(actor)

    def register(self, actor, name):
        if name not in self.names and actor not in self.names.values():
            self.names[name] = actor

    def unregister(self, _actor, name):
        self.names.pop(name, None)

    def start_timer(self, _actor, after, _to, _message, ref):
        self.made.add(ref)
        self.is_timer_due = int(after) < SOON

    send_after = start_timer

    def tell_watchers(self, group):
        for watched, watcher in self.before[1]:
            if watched == group:
                self.event(watcher)

    def refuse_both(self, actor):
        """The pg of Erlang 25 crashes when a process ends that is a member here and a monitor there."""
        is_member = any(count > 0 for (_, who), count in self.groups.items() if who == actor)
        if is_member and any(who == actor for _, who in self.watchers.values()):
            raise Race("both a member and a monitor")

    def pg_join(self, actor, group):
        self.groups[group, actor] += 1
        self.refuse_both(actor)
        self.tell_watchers(group)

    def pg_leave(self, actor, group):
        if self.groups[group, actor] > 0:
            self.groups[group, actor] -= 1
            self.tell_watchers(group)

    def pg_monitor(self, actor, group, ref):
        self.made.add(ref)
        self.watchers[ref] = (group, actor)
        self.refuse_both(actor)

    def pg_demonitor(self, _actor, ref):
        self.need(ref)
        self.watchers.pop(ref, None)

    def leave_all(self, process):
        """One message for each time that it had joined."""
        for (group, member), count in self.groups.items():
            if member == process and count > 0:
                self.tell_watchers(group)
                self.groups[group, member] = 0


def run(lines):
    """The world after these lines; None if there is a race."""
    world = World()
    try:
        for line in lines:
            world.step(line)
    except Race:
        return None
    return None if world.is_timer_due else world
