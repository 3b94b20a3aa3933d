"""One topic, many clients: Python's `websockets` and Node's `ws`, some of them compressed."""
import json
import urllib.request
from contextlib import AsyncExitStack, ExitStack

import websockets
from harness import check_equal, run, test
from node_peer import NodePeer
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

MESSAGES = [json.dumps({"number": i, "text": "the same words " * (i % 20 + 1)}) for i in range(100)]


def runs(server):
    with urllib.request.urlopen(server.http("/runs"), timeout=60) as answer:
        return int(answer.read())


def connect(server, bits):
    """Plain where `bits` is None; else of this window, in both directions."""
    extensions = [ClientPerMessageDeflateFactory(server_max_window_bits=bits,
                                                 client_max_window_bits=bits)] if bits else None
    return websockets.connect(server.ws("/topic/all"), compression=None, extensions=extensions,
                              max_queue=None)


@test("fan: many clients, plain and compressed, hear all; zlib runs once a publication and form")
async def many(server):
    async with AsyncExitStack() as stack:
        async def clients(count, bits):
            return [await stack.enter_async_context(connect(server, bits)) for _ in range(count)]

        publisher, *plain = await clients(20, None)
        packed = await clients(20, 15)
        assert all(each.extensions for each in packed), "not compressed"
        with ExitStack() as nodes:
            on_node = [nodes.enter_context(NodePeer(server.ws("/topic/all"))) for _ in range(3)]
            assert all(each.extensions for each in on_node), "not compressed"

            async def publish():
                before = runs(server)
                for message in MESSAGES:
                    await publisher.send(message)
                for message in MESSAGES:
                    for each in (publisher, *plain, *packed):
                        check_equal(await each.recv(), message)
                    for each in on_node:
                        check_equal(each.hear(), {"text": message})
                return runs(server) - before

            check_equal(await publish(), len(MESSAGES))
            packed += await clients(5, 10)
            check_equal(await publish(), 2 * len(MESSAGES))


run()
