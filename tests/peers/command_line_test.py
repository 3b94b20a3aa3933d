"""The command line of `vaquero`: what it takes, what it refuses, how it ends."""
import os
import re
import resource
import signal
import socket
import tempfile

from harness import Server, call, check_equal, run, test
from raw_websocket import CLOSE, TEXT, RawWebSocket, close_payload, frame

USAGE_ERROR = 2


def check_refused(program, arguments, *said):
    """A usage error: nothing on stdout, and each of these texts on stderr."""
    status, out, errors = call(program, *arguments)
    check_equal((arguments, status, out), (arguments, USAGE_ERROR, ""))
    assert errors.startswith("vaquero: "), errors
    for text in said:
        assert text in errors, f"{arguments}: {text!r} is not in {errors!r}"


@test("vaquero --help and serve --help name what can be said, on stdout", served=False)
def help_text(program):
    status, out, errors = call(program, "--help")
    check_equal((status, errors), (0, ""))
    assert "serve" in out and "--version" in out, out
    status, out, errors = call(program, "serve", "--help")
    check_equal((status, errors), (0, ""))
    for text in ("--listen ADDR:PORT", "--loops N", "--workers N", "--demo",
                 "--publish-token-file FILE"):
        assert text in out, out


@test("vaquero --version says its name and version", served=False)
def version(program):
    status, out, errors = call(program, "--version")
    check_equal((status, errors), (0, ""))
    assert re.fullmatch(r"vaquero \d+\.\d+\.\d+\n", out), out


@test("vaquero refuses a missing or unknown subcommand and names those there are", served=False)
def subcommands(program):
    check_refused(program, [], "subcommand", "serve")
    check_refused(program, ["dance"], '"dance"', "serve")


@test("vaquero refuses unknown options and words and names the options", served=False)
def unknown_options(program):
    check_refused(program, ["--dance"], "--dance", "--version", "serve")
    check_refused(program, ["serve", "--dance"], "--dance", "--listen", "--loops")
    check_refused(program, ["serve", "dance"], "dance", "--listen", "--loops")


@test("vaquero refuses a wrong address and says what one looks like", served=False)
def wrong_addresses(program):
    for address in ("nonsense", "127.0.0.1", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:65536",
                    "127.0.0.1:-1", "300.1.1.1:80", "example.org:80", ":80", "[::1]", "::1:80",
                    "[127.0.0.1]:80", "127.0.0.1:80 ", ""):
        check_refused(program, ["serve", "--listen", address], f'"{address}"', "127.0.0.1:8080")
    check_refused(program, ["serve", "--listen"], "--listen", "ADDR:PORT")


@test("vaquero refuses a number of loops or workers that is none from 1 to what is allowed",
      served=False)
def wrong_counts(program):
    for option, most in (("--loops", 255), ("--workers", 1024)):
        for count in ("0", str(most + 1), "-1", "words", "1.5", "99999999999999999999", "1x"):
            check_refused(program, ["serve", option, count], f'"{count}"', f"1 to {most}")


@test("vaquero serve refuses to show the demo to a network unless it is told to", served=False)
def demo_beyond_loopback(program):
    for address in ("0.0.0.0:0", "[::]:0", "192.0.2.1:80"):
        check_refused(program, ["serve", "--listen", "127.0.0.1:0", "--listen", address],
                      f'nothing to serve on "{address}"', "--config FILE", "--demo")


@test("vaquero serve refuses --demo beside --config", served=False)
def demo_beside_config(program):
    check_refused(program, ["serve", "--demo", "--config", "/dev/null"], "--config", "--demo")


@test("vaquero serve shows the demo on loopback addresses, with --demo and without", served=False)
def demo(program):
    for options in ([], ["--demo"]):
        with Server(program, *options) as server, RawWebSocket(server, path="/echo") as peer:
            peer.send(frame(TEXT, b"x"))
            check_equal(peer.next_frame(), (TEXT, b"x"))


@test("vaquero serve on a port in use ends with 1 and names the address", served=False)
def port_in_use(program):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = "127.0.0.1:%d" % taken.getsockname()[1]
        status, out, errors = call(program, "serve", "--listen", "127.0.0.1:0",
                                   "--listen", address)
        check_equal((status, out), (1, ""))
        check_equal(errors, f'vaquero: cannot listen on "{address}": Address already in use\n')


@test("vaquero serve says where it listens, exactly, for each address in order", served=False)
def listens(program):
    with Server(program, listen=("127.0.0.1:0", "127.0.0.2:0", "localhost:0")) as server:
        hosts = ["127.0.0.1", "127.0.0.2", "127.0.0.1"]
        ports = [int(url.rsplit(":", 1)[1]) for url in server.urls]
        check_equal(server.lines, [f"listening on http://{host}:{port}\n"
                                   for host, port in zip(hosts, ports)])
        for host, port in zip(hosts, ports):
            socket.create_connection((host, port), timeout=30).close()


@test("vaquero serve on IPv6 says so in brackets, or that the system has none", served=False)
def listens_on_ipv6(program):
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        status, _, errors = call(program, "serve", "--listen", "[::1]:0")
        check_equal(status, 1)
        assert errors.startswith('vaquero: cannot listen on "[::1]:0": '), errors
        return
    with Server(program, listen=("[::1]:0",)) as server:
        assert re.fullmatch(r"listening on http://\[::1\]:\d+\n", server.lines[0]), server.lines
        with RawWebSocket(server) as peer:
            peer.send(frame(TEXT, b"six"))
            check_equal(peer.next_frame(), (TEXT, b"six"))


@test("vaquero serve ends with 0 at SIGTERM and at SIGINT, and clients get 1001", served=False)
def signals(program):
    for by in (signal.SIGTERM, signal.SIGINT):
        with Server(program) as server, RawWebSocket(server) as peer:
            server.ask_to_end(by)
            check_equal(peer.next_frame(), (CLOSE, close_payload(1001)))
            assert peer.at_end()
            peer.socket.close()
            server.end()


@test("vaquero serve with --loops 1 and with --loops 255 serves and ends", served=False)
def loops(program):
    for count in ("1", "255"):
        with Server(program, "--loops", count) as server:
            for _ in range(3):
                with RawWebSocket(server) as peer:
                    peer.send(frame(TEXT, b"x"))
                    check_equal(peer.next_frame(), (TEXT, b"x"))


@test("vaquero serve --workers says how many threads run processes, also to a file's number",
      served=False)
def workers(program):
    def threads(*options):
        with Server(program, "--loops", "1", *options) as server:
            return len(os.listdir(f"/proc/{server.process.pid}/task"))

    check_equal(threads("--workers", "3"), threads("--workers", "1") + 2)
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write('[server]\nworkers = 5\n[[route]]\npath = "/"\nhandler = "echo"\n')
        file.flush()
        of_file = threads("--config", file.name)
        check_equal(threads("--config", file.name, "--workers", "2"), of_file - 3)


@test("vaquero serve raises the soft limit of descriptors to the hard one", served=False)
def descriptor_limit(program):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with Server(program, soft_limit=64) as server:
        limits = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
        check_equal(limits, (hard, hard))
        peers = [RawWebSocket(server) for _ in range(100)]
        for peer in peers:
            peer.send(frame(TEXT, b"x"))
        for peer in peers:
            check_equal(peer.next_frame(), (TEXT, b"x"))
            peer.socket.close()


run()
