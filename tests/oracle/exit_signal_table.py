"""The exit signal table of Erlang's reference manual (Processes, Receiving Exit Signals): which of its cells
the scenarios cover, and what Erlang answered there."""

REASONS = ["normal", "shutdown", "{shutdown,Term}", "other", "kill", "killed", "noproc", "crash"]
WAYS = {
    "link": "through a link",
    "exit": "exit(Pid, Reason)",
    "self": "exit(self(), Reason)",
    "own": "exit(Reason)",
    "dead": "a link to a dead one",
}
REASONS_OF = {way: REASONS for way in WAYS}
REASONS_OF["exit"] = REASONS_OF["self"] = REASONS[:-1]  # nobody sends the signal of a crash
REASONS_OF["dead"] = ["noproc"]
CELLS = [(way, reason, trapping) for way in WAYS for reason in REASONS_OF[way]
         for trapping in (False, True)]


def table(cells):
    """The table as text, the cells without a scenario, and those with several answers."""
    answers = {}
    for _, cell, outcome in cells:
        answers.setdefault(cell, set()).add(outcome)
    rows = [f"{'reason':17}{'sent by':23}{'not trapping':28}trapping"]
    for way, title in WAYS.items():
        for reason in REASONS_OF[way]:
            plain, trapping = (" or ".join(sorted(answers.get((way, reason, trap), {"?"})))
                               for trap in (False, True))
            rows.append(f"{reason:17}{title:23}{plain:28}{trapping}")
    open_cells = [cell for cell in CELLS if cell not in answers]
    torn_cells = [cell for cell, outcomes in answers.items() if len(outcomes) > 1]
    return "\n".join(rows), open_cells, torn_cells
