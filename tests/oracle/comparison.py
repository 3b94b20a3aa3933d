"""What two traces have in common: per process they must be the same, whole and in order."""
from collections import Counter
from pathlib import Path

ALLOWED = Path(__file__).parent / "allowed.txt"


def by_process(trace):
    """{process: [(line, what)]}; across processes there is no order to compare."""
    result = {}
    for line, process, what in trace:
        result.setdefault(process, []).append((line, what))
    return result


class Allowed:
    """What allowed.txt lists, and which of it was needed."""

    def __init__(self):
        self.terms, self.scenarios, self.needed = {}, set(), set()
        for line in ALLOWED.read_text(encoding="utf-8").splitlines():
            if line.strip() and line[0] not in "# ":
                theirs, arrow, ours = line.rstrip(":").partition(" => ")
                if arrow:
                    self.terms[theirs] = ours
                else:
                    self.scenarios.add(theirs)

    def agree(self, name, erlang, ours):
        """Whether the two traces are the same but for what is allowed."""
        for theirs, term in self.terms.items():
            if any(theirs in what for _, _, what in erlang):
                self.needed.add(theirs)
                erlang = [(line, who, what.replace(theirs, term)) for line, who, what in erlang]
        if by_process(erlang) == by_process(ours):
            return True
        self.needed.add(name)
        return name in self.scenarios and Counter(erlang) == Counter(ours)

    def not_needed(self):
        return (set(self.terms) | self.scenarios) - self.needed


def wrong_statements(scenario, trace):
    """What a scenario states that Erlang does not show, and what Erlang shows and nothing states."""
    wrong = []
    for process, events in by_process(trace).items():
        stated = [(line, what) for line, who, what in scenario.statements if who == process]
        for line, event in events:
            result_is_not_stated = event.startswith("->") and (not stated or stated[0][0] != line)
            if stated and stated[0][1] == event and stated[0][0] >= line:
                stated.pop(0)
            elif not result_is_not_stated:
                wrong.append(f"line {line}: {process} {event}: not stated where it happens")
                break
        wrong += [f"line {line}: {process} {what}: does not happen" for line, what in stated]
    seen = set(by_process(trace))
    wrong += [f"line {line}: {process} {what}: does not happen"
              for line, process, what in scenario.statements if process not in seen]
    return wrong


def side_by_side(scenario, erlang, ours):
    """Both traces below the commands that caused them; a `!` marks what differs."""
    rows = [f"{scenario.name}", f"{'':28}{'Erlang':38}  Vaquero"]
    for number, text in enumerate(scenario.lines, 1):
        if not text.strip() or text.startswith("#"):
            continue
        rows.append(f"{number:3} {text}")
        left, right = ([(who, what) for line, who, what in trace if line == number]
                       for trace in (erlang, ours))
        for who in sorted({who for who, _ in left + right}):
            columns = ([what for name, what in side if name == who] for side in (left, right))
            rows += [row(who, *pair) for pair in pairs(*columns)]
    return "\n".join(rows)


def pairs(left, right):
    length = max(len(left), len(right))
    return zip(left + ["(nothing)"] * (length - len(left)),
               right + ["(nothing)"] * (length - len(right)))


def row(who, left, right):
    return f"{'!' if left != right else '':4}{who:>20}    {left:38}  {right}"
