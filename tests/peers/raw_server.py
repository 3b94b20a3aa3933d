"""WebSocket servers that do what no library lets one do: RFC 6455 by hand, wrong on purpose."""
import base64
import hashlib
import socket
import threading

from raw_websocket import TEXT, frame

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Client:
    """What a server holds of one connection. Reading ends by ConnectionError when it is gone."""

    def __init__(self, connection, address):
        self.socket = connection
        self.address = address
        self.buffer = b""

    def _take(self, size):
        while len(self.buffer) < size:
            got = self.socket.recv(65536)
            if not got:
                raise ConnectionError("the client is gone")
            self.buffer += got
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken

    def head(self):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self._take(1)
        return head

    def upgrade(self):
        self.request = self.head()
        key = next(line.split(b": ")[1] for line in self.request.split(b"\r\n")
                   if line.lower().startswith(b"sec-websocket-key"))
        accept = base64.b64encode(hashlib.sha1(key + GUID).digest())
        self.socket.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                            b"Connection: Upgrade\r\nSec-WebSocket-Accept: " + accept
                            + b"\r\n\r\n")

    def message(self):
        """(opcode, payload) of the next frame."""
        first, second = self._take(2)
        size = second & 0x7F
        if size == 126:
            size = int.from_bytes(self._take(2), "big")
        key = self._take(4)
        payload = self._take(size)
        return first & 0xF, bytes(byte ^ key[i % 4] for i, byte in enumerate(payload))

    def send(self, opcode, payload, **how):
        self.socket.sendall(frame(opcode, payload, masked=False, **how))

    def echo(self):
        opcode, payload = self.message()
        self.send(opcode, payload)
        return opcode == TEXT


class RawServer:
    """A context: `serve(client)` runs in a thread for each connection, which it then closes."""

    def __init__(self, serve):
        self.serve = serve
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.clients = []
        self.url = f"ws://127.0.0.1:{self.listener.getsockname()[1]}/echo"

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _accept(self):
        while True:
            try:
                client = Client(*self.listener.accept())
            except OSError:
                return  # the context was left
            self.clients.append(client)
            threading.Thread(target=self._run, args=(client,), daemon=True).start()

    def _run(self, client):
        try:
            with client.socket:
                self.serve(client)
        except OSError:
            pass  # the client may leave whenever it likes
