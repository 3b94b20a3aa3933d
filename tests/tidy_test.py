#!/usr/bin/python3
"""Holds the repository to its house style; docs/ and this list say the same.

  tidy_test.py ROOT BUILD    prints each violation as file:line: what, and fails if there is any
  tidy_test.py --self-test   proves for each rule that it can fail

Rules: line length, file length, function length, the direction of includes, protocol code that
knows no actor and no socket, no leftover markers, no file that nothing uses.
"""
import ast
import json
import os
import re
import sys
import tempfile
from pathlib import Path

LINE_MAX, CODE_LINE_MAX = 120, 100
FILE_MAX, FUNCTION_MAX = 400, 50
LAYERS = ["runtime", "net", "handlers", "server"]  # each may include itself and those before it
PROGRAM = "server/vaquero.cpp"  # wires everything together: the benchmarks too
PROTOCOL = ("net/websocket/", "net/http/")
FOREIGN_TO_PROTOCOL = re.compile(
    r"caf/|runtime/|(boost/)?asio(/(?!buffer\.hpp)|\.hpp)|boost/beast(/(?!http/)|\.hpp)"
    r"|sys/(socket|epoll)\.h|netinet/")
CPP = {".cpp", ".hpp"}
CODE = CPP | {".py", ".sh", ".js", ".mjs", ".cmake"}
SKIPPED_FOLDERS = {".git", "build", "node_modules", "__pycache__", "corpus"}
SELF = Path(__file__).name


class Tree:
    """The repository's text files, and the violations found in them."""

    def __init__(self, root):
        self.root = Path(root)
        self.violations = []
        self.texts = {}
        for folder, folders, names in os.walk(self.root):
            folders[:] = [name for name in folders if name not in SKIPPED_FOLDERS]
            for name in names:
                path = Path(folder, name)
                if is_text(path):
                    relative = path.relative_to(self.root).as_posix()
                    self.texts[relative] = path.read_text(encoding="utf-8", errors="replace")

    def complain(self, path, line, what):
        self.violations.append(f"{path}:{line}: {what}")

    def with_suffix(self, suffixes):
        return {path: text for path, text in self.texts.items() if Path(path).suffix in suffixes}


def is_text(path):
    known = path.suffix in CODE | {".md", ".txt", ".toml"} or "." not in path.name
    return known and path.is_file()


def is_code(path):
    name = Path(path).name
    return Path(name).suffix in CODE or name == "CMakeLists.txt" or "." not in name


def is_comment(path, line):
    slashes = Path(path).suffix in CPP | {".js", ".mjs"}
    return line.lstrip().startswith(("//", "/*", "*") if slashes else ("#", '"""'))


def check_lengths(tree):
    for path, text in tree.texts.items():
        lines = text.splitlines()
        if is_code(path) and len(lines) > FILE_MAX:
            tree.complain(path, FILE_MAX, f"{len(lines)} lines, above {FILE_MAX}")
        for number, line in enumerate(lines, 1):
            prose = not is_code(path) or is_comment(path, line)
            limit = LINE_MAX if prose else CODE_LINE_MAX
            # A table's row and an address cannot be wrapped.
            if len(line) > limit and not line.startswith("|") and "://" not in line:
                tree.complain(path, number, f"{len(line)} columns, above {limit}")


def check_markers(tree):
    marker = re.compile(r"\b(TODO|FIXME|XXX)\b")
    for path, text in tree.texts.items():
        for number, line in enumerate(text.splitlines(), 1):
            if Path(path).name != SELF and marker.search(line):
                tree.complain(path, number, "a leftover marker: " + line.strip())


# --- functions ------------------------------------------------------------------------------------

NOT_CODE = re.compile(
    r'R"(?P<tag>[^()\s]*)\(.*?\)(?P=tag)"'    # raw string
    r'|"(?:\\.|[^"\\\n])*"'                   # string
    r"|(?<![0-9A-Za-z_])'(?:\\.|[^'\\\n])+'"  # character, but not the quotes in 1'000
    r"|//[^\n]*|/\*.*?\*/"                    # comment
    r"|^[ \t]*#(?:[^\n]*\\\n)*[^\n]*",        # preprocessor line
    re.DOTALL | re.MULTILINE)
SCOPE = re.compile(r"\b(namespace|class|struct|union|enum)\b|^\s*extern\s*$")


def blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def without_groups(head):
    """The words outside all parentheses and angle brackets."""
    for group in (r"\([^()]*\)", r"<[^<>]*>"):
        count = 1
        while count:
            head, count = re.subn(group, " ", head)
    return head


def function_bodies(text):
    """First and last line of each outermost function: a brace that opens no scope or list."""
    code = NOT_CODE.sub(blank, text)
    line_of = lambda position: code.count("\n", 0, position) + 1
    depth, start = 0, 0  # of braces within a function; where the present declaration starts
    for match in re.finditer(r"[{};]", code):
        position, character = match.start(), match.group()
        if character == "{":
            if depth > 0 or not SCOPE.search(without_groups(code[start:position])):
                depth += 1
            else:
                start = position + 1
        elif depth > 0 and character == "}":
            depth -= 1
            # A comma or brace follows where a constructor's list of members goes on.
            if depth == 0 and not re.match(r"\s*[,{]", code[position + 1:position + 200]):
                if ")" in code[start:position].split("{")[0]:
                    yield line_of(start + leading_space(code[start:position])), line_of(position)
                start = position + 1
        elif depth == 0:
            start = position + 1


def leading_space(text):
    return len(text) - len(text.lstrip())


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno


def shell_functions(text):
    """A function of several lines, as all of ours are written: `name() {` to a bare `}`."""
    first = None
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(r"\w+\(\) \{$", line):
            first = number
        elif line == "}" and first:
            yield first, number
            first = None


def check_functions(tree):
    finders = [(CPP, function_bodies), ({".py"}, python_functions), ({".sh"}, shell_functions)]
    for suffixes, find in finders:
        for path, text in tree.with_suffix(suffixes).items():
            for first, last in find(text):
                length = last - first + 1
                if length > FUNCTION_MAX:
                    what = f"a function of {length} lines, above {FUNCTION_MAX}"
                    tree.complain(path, first, what)


# --- includes -------------------------------------------------------------------------------------

def includes(text):
    """(line, file) of each #include."""
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
        if match:
            yield number, match.group(1)


def check_layers(tree):
    for path, text in tree.with_suffix(CPP).items():
        layer = path.split("/")[0]
        if layer in LAYERS:
            above = LAYERS[LAYERS.index(layer) + 1:] + ["tests", "bench", "examples"]
            if path == PROGRAM:
                above.remove("bench")
            for number, included in includes(text):
                if included.split("/")[0] in above and included in tree.texts:
                    tree.complain(path, number, f"{layer}/ must not include {included}")


def check_protocol(tree):
    """Follows the includes of the protocol code through the repository's own headers."""
    for path in tree.with_suffix(CPP):
        if path.startswith(PROTOCOL):
            seen, waiting = set(), [(path, path)]
            while waiting:
                current, way = waiting.pop()
                for number, included in includes(tree.texts[current]):
                    if FOREIGN_TO_PROTOCOL.match(included):
                        tree.complain(path, number if current == path else 1,
                                      f"protocol code reaches {way} -> {included}")
                    elif included in tree.texts and included not in seen:
                        seen.add(included)
                        waiting.append((included, f"{way} -> {included}"))


# --- dead files -----------------------------------------------------------------------------------

def compiled_files(tree, build):
    commands = json.loads(Path(build, "compile_commands.json").read_text(encoding="utf-8"))
    return {os.path.relpath(command["file"], tree.root.resolve()) for command in commands}


def tested_text(build):
    """What ctest runs: a source that must not compile is named only there."""
    files = Path(build).rglob("CTestTestfile.cmake")
    return "".join(path.read_text(encoding="utf-8") for path in files)


def is_named_elsewhere(tree, path):
    """Whether another file names it: a script in a script, an example in its CMakeLists.txt."""
    pattern = r"\b" + re.escape(Path(path).name) + r"\b"
    if path.endswith(".py"):
        pattern += r"|^(from|import) " + re.escape(Path(path).stem) + r"\b"
    name = re.compile(pattern, re.MULTILINE)
    return any(name.search(text) for other, text in tree.texts.items() if other != path)


def included_files(tree):
    """Every include, as named and as seen from the file that names it."""
    for path, text in tree.with_suffix(CPP).items():
        for _, name in includes(text):
            yield name
            yield os.path.normpath(os.path.join(os.path.dirname(path), name))


def check_dead_files(tree, build):
    compiled, included = compiled_files(tree, build), set(included_files(tree))
    tested = tested_text(build)
    for path in tree.texts:
        suffix = Path(path).suffix
        if suffix == ".hpp":
            alive = path in included
        elif suffix == ".cpp":
            alive = (path in compiled or f"/{path}" in tested
                     or is_named_elsewhere(tree, path))
        else:  # a CMake module is named without its suffix
            alive = suffix not in CODE - {".cmake"} or is_named_elsewhere(tree, path)
        if not alive and "/" in path:
            tree.complain(path, 1, "nothing builds, includes or names this file")


def check(root, build):
    tree = Tree(root)
    for rule in (check_lengths, check_markers, check_functions, check_layers, check_protocol):
        rule(tree)
    check_dead_files(tree, build)
    return tree.violations


# --- self-test ------------------------------------------------------------------------------------

def cpp_function(lines, head="int f(int x)"):
    return head + " {\n" + "  g();\n" * (lines - 2) + "}\n"


LONG = "nothing but prose " * 8
# What the rule says, and the files in which it must say it just once.
BAD = [
    ("columns, above 120", {"a.md": LONG}),
    ("columns, above 120", {"a.cpp": "// " + LONG}),
    ("columns, above 100", {"a.cpp": "int x;" + " " * 100 + "int y;"}),
    ("columns, above 100", {"CMakeLists.txt": "set(" + "x" * 100 + ")"}),
    ("lines, above 400", {"a.cpp": "int x;\n" * 401}),
    ("a leftover marker", {"a.hpp": "// TO" + "DO: later\n"}),
    ("function of 51 lines", {"a.cpp": cpp_function(51)}),
    ("function of 51 lines", {"a.cpp": "namespace a {\nclass b final : c<d(e)> {\n"
                                       + cpp_function(51) + "};\n}\n"}),
    ("function of 51 lines", {"a.cpp": cpp_function(51, "a::a() : b_{1}, c_(2), d_{} ")}),
    ("function of 51 lines", {"a.cpp": cpp_function(51, 'TEST_CASE("a { brace", "[x]")')}),
    ("function of 51 lines", {"a.cpp": cpp_function(50, "template <class T>\nT f(T x)")}),
    ("function of 51 lines", {"a.py": "def f():\n" + "    g()\n" * 50}),
    ("function of 51 lines", {"a.sh": "f() {\n" + "  g\n" * 49 + "}\n"}),
    ("runtime/ must not include net/b.hpp",
     {"runtime/a.cpp": '#include "net/b.hpp"\n', "net/b.hpp": ""}),
    ("server/ must not include tests/b.hpp",
     {"server/a.cpp": '#include "tests/b.hpp"\n', "tests/b.hpp": ""}),
    ("server/ must not include bench/b.hpp",
     {"server/a.cpp": '#include "bench/b.hpp"\n', "bench/b.hpp": ""}),
    ("protocol code reaches net/http/a.cpp -> boost/asio.hpp",
     {"net/http/a.cpp": "#include <boost/asio.hpp>\n"}),
    ("protocol code reaches net/websocket/a.cpp -> net/b.hpp -> caf/all.hpp",
     {"net/websocket/a.cpp": '#include "net/b.hpp"\n', "net/b.hpp": "#include <caf/all.hpp>\n"}),
    ("nothing builds", {"net/dead.cpp": ""}),
    ("nothing builds", {"net/dead.hpp": ""}),
    ("nothing builds", {"tools/dead.sh": ""}),
    ("nothing builds", {"tools/dead.py": "", "a.md": "from deadly import dead\n"}),
]
GOOD = {
    "a.md": "| " + LONG + "\n[a](https://" + "x" * 120 + ")\n",
    "a.cpp": "// " + "x" * 110 + "\n" + "int x;\n" * 399,
    "b.cpp": "int t[] = {\n" + "  1,\n" * 60 + "};\n" + cpp_function(50) + cpp_function(50),
    "c.cpp": "struct a {\n" + "  int b{0};\n" * 60 + "};\nchar c = '{';\n" + cpp_function(50),
    "server/a.cpp": '#include "net/b.hpp"\n#include <caf/all.hpp>\n',
    "server/vaquero.cpp": '#include "bench/b.hpp"\n',
    "bench/b.hpp": "",
    "net/b.hpp": '#include <net/if.h>\n',
    "tests/a.py": "",
    "tests/CMakeLists.txt": "add_test(b.py)\n",
    "tests/b.py": "from a import c\n",
}


def violations_of(files):
    compiled = [name for name in files if name.endswith(".cpp") and "dead" not in name]
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        commands = [{"file": str(Path(folder).resolve() / name)} for name in compiled]
        Path(folder, "compile_commands.json").write_text(json.dumps(commands), encoding="utf-8")
        return check(folder, folder)


def self_test():
    failures = [("(good)", violation) for violation in violations_of(GOOD)]
    for expected, files in BAD:
        found = violations_of(files)
        if len([violation for violation in found if expected in violation]) != 1:
            failures.append((expected, found))
    for expected, found in failures:
        print(f"expected: {expected}, found: {found}")
    print(f"{len(BAD)} violations planted, {len(failures)} surprises")
    return bool(failures)


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    if len(arguments) != 2:
        print(__doc__)
        return 2
    violations = check(*arguments)
    print(*violations, f"violations: {len(violations)}", sep="\n")
    return bool(violations)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
