"""The guide's blocks that are not C++: each is built, run or checked with what is installed. The C++
is compiled by tests/docs."""
import re
import subprocess

from installed import Program, build_with, end_with_parent, on_any_port, run

FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TRIED_HERE = {("first-handler.md", "cmake"), ("first-handler.md", "js"),
              ("deploying.md", "toml"), ("deploying.md", "ini")}


def block(page, language):
    return next(text for found, text in FENCED.findall(page.read_text()) if found == language)


def none_is_left_out(guide):
    found = [(page.name, language) for page in guide.glob("*.md")
             for language, _ in FENCED.findall(page.read_text()) if language != "cpp"]
    assert sorted(found) == sorted(TRIED_HERE), f"the guide has {found}"


def hears(script, answer):
    """Runs JavaScript as a browser would, up to the first line on its console."""
    command = ["node", "-e", "global.WebSocket = require('ws');\n" + script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True,
                          preexec_fn=end_with_parent) as browser:
        try:
            line = browser.stdout.readline()
        finally:
            browser.kill()
    assert line == answer + "\n", f"{line!r} is not {answer!r}"


def first_handler_answers(page, prefix, folder):
    project = folder / "shout"
    project.mkdir()
    (project / "CMakeLists.txt").write_text(block(page, "cmake"))
    (project / "shout.cpp").write_text(on_any_port(block(page, "cpp")))
    with Program(build_with(prefix, project, folder)) as server:
        script = block(page, "js")
        assert "ws://127.0.0.1:8080/" in script
        hears(script.replace("ws://127.0.0.1:8080", server.url), "HELLO")


def service_starts_and_reloads(page, prefix, folder):
    """Gives the unit's commands as systemd does."""
    config = folder / "vaquero.toml"
    config.write_text(block(page, "toml"))
    meant = {"/usr/bin/vaquero": str(prefix / "bin/vaquero"), "/etc/vaquero.toml": str(config)}

    def commands(key):
        for line in block(page, "ini").splitlines():
            if line.startswith(key + "="):
                yield [meant.get(word, word) for word in line.removeprefix(key + "=").split()]

    (start,) = commands("ExecStart")
    check, reload = commands("ExecReload")
    with Program(*start, "--listen", "127.0.0.1:0", stderr=subprocess.PIPE) as server:
        run(*check)
        run(*(word.replace("$MAINPID", str(server.process.pid)) for word in reload))
        assert any("configuration reloaded" in line for line in server.process.stderr)


def try_all(guide, prefix, folder):
    none_is_left_out(guide)
    first_handler_answers(guide / "first-handler.md", prefix, folder)
    service_starts_and_reloads(guide / "deploying.md", prefix, folder)
