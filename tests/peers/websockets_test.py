"""The handlers /echo and /hello, spoken to by Python's `websockets`."""
import asyncio
import signal

import websockets
from harness import check_equal, run, test

MAX_FRAME_SIZE = 1_000_000
SIZES = [0, 1, 125, 126, 65535, 65536, MAX_FRAME_SIZE]


def connect(server, path="/echo"):
    return websockets.connect(server.ws(path), max_size=None, ping_interval=None)


@test("websockets: texts of every length form come back as texts")
async def texts(server):
    async with connect(server) as peer:
        for size in SIZES:
            text = "\u00e9" * (size // 2) + "x" * (size % 2)
            await peer.send(text)
            check_equal(await peer.recv(), text)


@test("websockets: binaries of every length form come back as binaries")
async def binaries(server):
    async with connect(server) as peer:
        for size in SIZES:
            data = bytes(i * 7 % 256 for i in range(size))
            await peer.send(data)
            check_equal(await peer.recv(), data)


@test("websockets: a message one byte above max_frame_size is closed with 1009")
async def too_big(server):
    async with connect(server) as peer:
        await peer.send(b"x" * (MAX_FRAME_SIZE + 1))
        await peer.wait_closed()
        check_equal(peer.close_code, 1009)


@test("websockets: fragments that add up to more than max_frame_size are closed with 1009")
async def too_big_in_fragments(server):
    async with connect(server) as peer:
        try:
            await peer.send([b"x" * 1000] * (MAX_FRAME_SIZE // 1000) + [b"x"])
        except websockets.ConnectionClosed:
            pass
        await peer.wait_closed()
        check_equal(peer.close_code, 1009)


@test("websockets: a message that the client fragments comes back whole")
async def fragments(server):
    async with connect(server) as peer:
        for parts in (["a"], ["", ""], ["\u00e9", "", "\U0001f40e"], ["ab"] * 1000):
            await peer.send(parts)
            check_equal(await peer.recv(), "".join(parts))
        await peer.send([b"\x00", b"\xff" * 70000])
        check_equal(await peer.recv(), b"\x00" + b"\xff" * 70000)


@test("websockets: a ping is answered by a pong with its payload")
async def ping(server):
    async with connect(server) as peer:
        for payload in (b"", b"?", b"x" * 125):
            await (await peer.ping(payload))
        await peer.pong(b"unasked")
        await peer.send("still there")
        check_equal(await peer.recv(), "still there")


@test("websockets: the client's close code comes back, its reason does not")
async def close_codes(server):
    for code in (1000, 1001, 1003, 1007, 1011, 3000, 4999):
        async with connect(server) as peer:
            await peer.close(code, "have a good day")
            check_equal((peer.close_rcvd.code, peer.close_rcvd.reason), (code, ""))


@test("websockets: messages in flight keep their order")
async def order(server):
    count = 20_000
    async with connect(server) as peer:
        async def send_all():
            for i in range(count):
                await peer.send(str(i))
        sending = asyncio.create_task(send_all())
        for i in range(count):
            check_equal(await peer.recv(), str(i))
        await sending


@test("websockets: 200 clients at once each get their own echo")
async def many(server):
    peers = await asyncio.gather(*(connect(server) for _ in range(200)))
    for i, peer in enumerate(peers):
        await peer.send(f"client {i}")
    for i, peer in enumerate(peers):
        check_equal(await peer.recv(), f"client {i}")
    await asyncio.gather(*(peer.close() for peer in peers))


@test("websockets: /hello greets by timer, answers, and greets again")
async def hello(server):
    async with connect(server, "/hello") as peer:
        begin = asyncio.get_running_loop().time()
        check_equal(await peer.recv(), "Hello!")
        assert asyncio.get_running_loop().time() - begin >= 0.9, "the timer fired early"
        await peer.send("x")
        check_equal(await peer.recv(), "You said: x")
        check_equal(await peer.recv(), "Hello again!")


@test("websockets: clients get 1001 when the server ends")
async def going_away(server):
    async with connect(server) as peer, connect(server, "/hello") as other:
        server.ask_to_end(signal.SIGTERM)
        for each in (peer, other):
            await each.wait_closed()
            check_equal(each.close_code, 1001)


run()
