"""What no well-behaved client does, and what the server makes of it."""
import select
import signal

from harness import check_equal, run, test
from raw_websocket import (BINARY, CLOSE, PING, PONG, TEXT, RawWebSocket, close_payload, frame)


def check_closed(server, code, *frames):
    """The server answers these frames with this close code and then closes its side."""
    with RawWebSocket(server) as peer:
        peer.send(*frames)
        check_equal(peer.next_frame(), (CLOSE, close_payload(code)))
        assert peer.at_end()


@test("raw: a text that is not UTF-8 is closed with 1007")
def invalid_utf8(server):
    for text in (b"\xff", b"ab\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82"):
        check_closed(server, 1007, frame(TEXT, text))


@test("raw: a text that turns invalid in a later fragment is closed with 1007")
def invalid_utf8_later(server):
    check_closed(server, 1007, frame(TEXT, b"fine \xe2", final=False), frame(0, b"\x28"))


@test("raw: a close reason that is not UTF-8 is closed with 1007")
def invalid_reason(server):
    check_closed(server, 1007, frame(CLOSE, close_payload(1000, b"\xff")))


@test("raw: frames that break the protocol are closed with 1002")
def bad_frames(server):
    for bad in (frame(TEXT, b"bare", masked=False),
                frame(3, b"reserved opcode"),
                frame(11, b"reserved control opcode"),
                frame(TEXT, b"reserved bit", reserved=4),
                frame(0, b"nothing to continue"),
                frame(PING, b"x" * 126),
                frame(PING, b"in pieces", final=False),
                frame(CLOSE, b"\x03"),
                frame(TEXT, b"open", final=False) + frame(TEXT, b"another")):
        check_closed(server, 1002, bad)


@test("raw: close codes that must not travel are closed with 1002")
def bad_close_codes(server):
    for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535):
        check_closed(server, 1002, frame(CLOSE, close_payload(code)))


@test("raw: an empty close is answered by an empty close")
def empty_close(server):
    with RawWebSocket(server) as peer:
        peer.send(frame(CLOSE))
        check_equal(peer.next_frame(), (CLOSE, b""))
        assert peer.at_end()


@test("raw: what a client sends behind its close frame is not answered")
def after_close(server):
    with RawWebSocket(server) as peer:
        peer.send(frame(TEXT, b"last"), frame(CLOSE, close_payload(3000, b"bye")),
                  frame(TEXT, b"too late"))
        check_equal(peer.next_frame(), (TEXT, b"last"))
        check_equal(peer.next_frame(), (CLOSE, close_payload(3000)))
        assert peer.at_end()


@test("raw: a control frame between fragments is answered at once")
def control_between_fragments(server):
    with RawWebSocket(server) as peer:
        peer.send(frame(TEXT, b"be", final=False), frame(PING, b"?"))
        check_equal(peer.next_frame(), (PONG, b"?"))
        peer.send(frame(0, b"fore"))
        check_equal(peer.next_frame(), (TEXT, b"before"))


@test("raw: a frame that comes byte by byte is understood")
def byte_by_byte(server):
    with RawWebSocket(server) as peer:
        for byte in frame(BINARY, b"x" * 130):
            peer.send(bytes([byte]))
        check_equal(peer.next_frame(), (BINARY, b"x" * 130))


@test("raw: frames in the packet of the handshake are answered after it")
def early_frames(server):
    early = frame(TEXT, b"one") + frame(TEXT, b"two") + frame(TEXT, b"three")[:4]
    with RawWebSocket(server, early=early) as peer:
        assert peer.head.startswith(b"HTTP/1.1 101 "), peer.head
        assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in peer.head, peer.head
        peer.send(frame(TEXT, b"three")[4:])
        for expected in (b"one", b"two", b"three"):
            check_equal(peer.next_frame(), (TEXT, expected))


@test("raw: a client that does not read is not read from, and loses nothing")
def slow_reader(server):
    message = b"x" * 100_000
    one = frame(BINARY, message)
    most = 200  # messages; kernel buffers hold a part of these 20 MB
    with RawWebSocket(server) as peer:
        peer.socket.setblocking(False)
        sent = 0
        left = one * most
        while left and select.select([], [peer.socket], [], 1)[1]:
            sent += (count := peer.socket.send(left))
            left = left[count:]
        assert left, "the server took 20 MB that nobody wants back"
        peer.socket.settimeout(30)
        for _ in range(sent // len(one)):
            check_equal(peer.next_frame(), (BINARY, message))
        peer.send(left[:-sent % len(one)], frame(TEXT, b"done"))
        if sent % len(one):
            check_equal(peer.next_frame(), (BINARY, message))
        check_equal(peer.next_frame(), (TEXT, b"done"))


@test("raw: a server that ends says 1001 and waits for no silent client for long")
def going_away(server):
    with RawWebSocket(server) as peer:
        server.ask_to_end(signal.SIGTERM)
        check_equal(peer.next_frame(), (CLOSE, close_payload(1001)))
        assert peer.at_end()


run()
