"""A WebSocket client that does what no library lets one do: RFC 6455 by hand, wrong on purpose."""
import socket
import struct

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
KEY = bytes([0x37, 0xFA, 0x21, 0x3D])
PATIENCE = 30

HANDSHAKE = ("GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
             "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
             "Sec-WebSocket-Version: 13\r\n\r\n")


def frame(opcode, payload=b"", final=True, reserved=0, masked=True):
    size = len(payload)
    first = (0x80 if final else 0) | reserved << 4 | opcode
    mask_bit = 0x80 if masked else 0
    if size < 126:
        head = struct.pack("!BB", first, mask_bit | size)
    elif size < 65536:
        head = struct.pack("!BBH", first, mask_bit | 126, size)
    else:
        head = struct.pack("!BBQ", first, mask_bit | 127, size)
    if not masked:
        return head + payload
    key = (KEY * (size // 4 + 1))[:size]
    covered = int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")
    return head + KEY + covered.to_bytes(size, "big")


def close_payload(code, reason=b""):
    return struct.pack("!H", code) + reason


class RawWebSocket:
    """A client that is connected. `early` is sent behind the request, in the same packet."""

    def __init__(self, server, path="/echo", early=b""):
        self.socket = socket.create_connection(server.address, timeout=PATIENCE)
        self.socket.sendall(HANDSHAKE.format(path=path).encode() + early)
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            self._receive()
        self.head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def _receive(self):
        piece = self.socket.recv(1 << 16)
        if not piece:
            raise EOFError
        self.buffer += piece

    def _take(self, size):
        while len(self.buffer) < size:
            self._receive()
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken

    def send(self, *frames):
        self.socket.sendall(b"".join(frames))

    def next_frame(self):
        """(opcode, payload) of the next frame, which must be final and must not be masked."""
        first, size = self._take(2)
        assert first & 0xF0 == 0x80, f"first byte {first:#x}"
        if size == 126:
            size, = struct.unpack("!H", self._take(2))
        elif size == 127:
            size, = struct.unpack("!Q", self._take(8))
        assert size < 1 << 62, "the server masks"
        return first & 0x0F, self._take(size)

    def at_end(self):
        """Whether the server has closed its side, and sent nothing more."""
        try:
            self._take(1)
        except EOFError:
            return True
        return False
