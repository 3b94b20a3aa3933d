"""Building against an installed package, and running what comes of it. For the tests beside it."""
import ctypes
import pathlib
import signal
import subprocess

PATIENCE = 60
PR_SET_PDEATHSIG = 1


def end_with_parent():
    """In a child, before it becomes the program: whatever happens to the test, nothing is left."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, preexec_fn=end_with_parent)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}"
    return done.stdout


class Program:
    """A server while it runs; left without an exception, it must end well on SIGTERM."""

    def __init__(self, *command, **options):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True,
                                        preexec_fn=end_with_parent, **options)
        line = self.process.stdout.readline()
        assert line.startswith("listening on http://"), line
        self.url = line.split()[-1].replace("http", "ws", 1)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.process.send_signal(signal.SIGKILL if kind else signal.SIGTERM)
        status = self.process.wait(timeout=PATIENCE)
        assert kind or status == 0, status


def on_any_port(code):
    """What is written down listens on 8080, which may be taken here."""
    assert '"127.0.0.1:8080"' in code
    return code.replace('"127.0.0.1:8080"', '"127.0.0.1:0"')


def build_with(prefix, project, folder):
    """Builds a project, and returns its program, which has the project's name."""
    made = pathlib.Path(folder) / ("build-" + project.name)
    run("cmake", "-S", project, "-B", made, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}",
        "-DCMAKE_BUILD_TYPE=Release")
    run("cmake", "--build", made)
    return made / project.name
