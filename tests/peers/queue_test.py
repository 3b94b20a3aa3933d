"""What a slow client gets under each policy of the queue: Python's `websockets`, which stops reading."""
import urllib.request

import websockets
from harness import check_equal, run, test

COUNT = 40_000  # kilobytes: more than the kernels on both sides take


async def flooded(server, path):
    """A client that did not read while it was flooded. It reads from now on."""
    peer = await websockets.connect(server.ws(path), max_size=None, ping_interval=None,
                                    compression=None, max_queue=1, read_limit=1024)
    await peer.send(str(COUNT))
    while urllib.request.urlopen(server.http("/done"), timeout=60).read() != b"1":
        pass  # each look is a request; the harness bounds them all
    return peer


def number(text):
    return int(text.split(" ")[0])


async def numbers_until_last(peer):
    """Those of the texts that came, up to the last of the flood. Behind it the client is served."""
    found = [number(await peer.recv())]
    while found[-1] != COUNT - 1:
        found.append(number(await peer.recv()))
    await peer.send("and now?")
    check_equal(await peer.recv(), "and now?")
    await peer.close()
    return found


@test("websockets: a slow client is closed with 1013, behind what was begun")
async def closes(server):
    peer = await flooded(server, "/close")
    found = []
    try:
        while True:
            found.append(number(await peer.recv()))
    except websockets.ConnectionClosed as closed:
        check_equal((closed.code, closed.reason), (1013, "too slow"))
    check_equal(found, list(range(len(found))))
    assert 0 < len(found) < COUNT - 1, len(found)


@test("websockets: drop_newest keeps the oldest for a slow client, and it is served again")
async def drops_newest(server):
    peer = await flooded(server, "/drop_newest")
    found = []
    while True:
        await peer.send("and now?")  # dropped as well, while the queue is full
        text = await peer.recv()
        if text == "and now?":
            break
        found.append(number(text))
    peer.transport.abort()  # a close would wait for answers that nobody reads
    check_equal(found, list(range(len(found))))
    assert 100 < len(found) < COUNT - 1, len(found)


@test("websockets: drop_oldest keeps the newest for a slow client, and it is served again")
async def drops_oldest(server):
    found = await numbers_until_last(await flooded(server, "/drop_oldest"))
    check_equal(found[-100:], list(range(COUNT - 100, COUNT)))
    begun = found[:-100]
    check_equal(begun, list(range(len(begun))))
    assert 0 < len(begun) < COUNT - 101, len(begun)


@test("websockets: keep_latest keeps the newest of a key for a slow client")
async def keeps_latest(server):
    # All came in one callback, so that none had begun when the next took its place.
    check_equal(await numbers_until_last(await flooded(server, "/keep_latest")), [COUNT - 1])


run()
