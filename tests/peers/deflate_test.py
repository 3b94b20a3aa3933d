"""Compression, spoken to by Python's `websockets` with every combination of parameters."""
import itertools
import random

import websockets
from harness import check_equal, run, test
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

ROUTES = ["/shared", "/own", "/server_only", "/client_only", "/narrow", "/best"]
MAX_FRAME_SIZE = 1_000_000

random.seed(7692)
MESSAGES = ["", "x", "Hello, Hello, Hello", "Hello, Hello, Hello", "\u00e9\U0001f40e" * 500,
            random.randbytes(3000), random.randbytes(300) * 200, b"\0" * MAX_FRAME_SIZE]


def connect(server, path, **parameters):
    extensions = [ClientPerMessageDeflateFactory(**parameters)] if parameters else None
    return websockets.connect(server.ws(path), max_size=None, ping_interval=None,
                              compression=None, extensions=extensions)


async def check_echoes(peer, messages=MESSAGES):
    for message in messages:
        await peer.send(message)
        check_equal(await peer.recv(), message)


@test("websockets: compressed messages come back on every route, whatever the client asks for")
async def every_parameter(server):
    for path in ROUTES:
        for server_none, client_none in itertools.product([False, True], repeat=2):
            for server_bits, client_bits in [(None, True), (9, 9), (12, True), (15, 15)]:
                async with connect(server, path, server_no_context_takeover=server_none,
                                   client_no_context_takeover=client_none,
                                   server_max_window_bits=server_bits,
                                   client_max_window_bits=client_bits) as peer:
                    check_equal([each.name for each in peer.extensions], ["permessage-deflate"])
                    await check_echoes(peer, MESSAGES[:-1])


@test("websockets: a compressed message of max_frame_size comes back, one byte more is 1009")
async def inflated_size(server):
    for path in ROUTES:
        async with connect(server, path, client_max_window_bits=True) as peer:
            await peer.send(b"x" * MAX_FRAME_SIZE)
            check_equal(await peer.recv(), b"x" * MAX_FRAME_SIZE)
            await peer.send(b"x" * (MAX_FRAME_SIZE + 1))
            await peer.wait_closed()
            check_equal(peer.close_code, 1009)


@test("websockets: a compressed message in fragments comes back whole")
async def fragments(server):
    for path in ROUTES:
        async with connect(server, path, client_max_window_bits=True) as peer:
            for parts in (["a"], ["", ""], ["\u00e9", "", "\U0001f40e"], ["ab"] * 1000):
                await peer.send(parts)
                check_equal(await peer.recv(), "".join(parts))


@test("websockets: what the route does not compress is not agreed on")
async def plain(server):
    async with connect(server, "/plain", client_max_window_bits=True) as peer:
        check_equal(peer.extensions, [])
        await check_echoes(peer)
    async with connect(server, "/shared") as peer:
        check_equal(peer.extensions, [])
        await check_echoes(peer)


run()
