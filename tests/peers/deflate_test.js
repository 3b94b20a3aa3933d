// Compression, spoken to by the `ws` of Node with every combination of parameters.
"use strict";
const assert = require("node:assert");
const { once } = require("node:events");
const { run, test } = require("./tests.js");
const WebSocket = require("ws");

const url = process.env.VAQUERO_URL;
const maxFrameSize = 1_000_000;
const routes = ["/shared", "/own", "/server_only", "/client_only", "/narrow", "/best"];

async function connect(path, perMessageDeflate) {
  const socket = new WebSocket(url + path, { maxPayload: 0, perMessageDeflate });
  await once(socket, "open");
  return socket;
}

async function checkEcho(socket, message) {
  socket.send(message);
  const [data, isBinary] = await once(socket, "message");
  assert.strictEqual(isBinary, typeof message !== "string");
  assert.ok(Buffer.from(message).equals(data));
}

const messages = [
  "Hello, Hello, Hello",
  "Hello, Hello, Hello",
  "x",
  "\u00e9\u{1f40e}".repeat(500),
  Buffer.alloc(300 * 100, "some words that repeat, some that do not"),
  Buffer.alloc(maxFrameSize),
];

function* offers() {
  for (const serverNoContextTakeover of [true, undefined])
    for (const clientNoContextTakeover of [true, undefined])
      for (const [serverMaxWindowBits, clientMaxWindowBits] of [
        [undefined, true],
        [undefined, undefined],
        [8, 8],
        [9, true],
        [12, 10],
        [15, 15],
      ]) {
        const offer = { serverNoContextTakeover, clientNoContextTakeover, threshold: 0 };
        if (serverMaxWindowBits) offer.serverMaxWindowBits = serverMaxWindowBits;
        if (clientMaxWindowBits) offer.clientMaxWindowBits = clientMaxWindowBits;
        yield offer;
      }
}

test("ws: compressed messages come back on every route, whatever the client asks for", async () => {
  for (const path of routes)
    for (const offer of offers()) {
      const socket = await connect(path, offer);
      assert.strictEqual(socket.extensions.split(";")[0], "permessage-deflate");
      for (const message of messages) await checkEcho(socket, message);
      socket.close();
    }
});

test("ws: a compressed message one byte above max_frame_size is closed with 1009", async () => {
  for (const path of routes) {
    const socket = await connect(path, { threshold: 0 });
    socket.send(Buffer.alloc(maxFrameSize + 1));
    const [code] = await once(socket, "close");
    assert.strictEqual(code, 1009);
  }
});

test("ws: messages with compression switched off go between compressed ones", async () => {
  const socket = await connect("/own", { threshold: 0 });
  for (let i = 0; i < 20; ++i) {
    const message = `message ${i % 3} of a kind`;
    socket.send(message, { compress: i % 2 === 0 });
    const [data] = await once(socket, "message");
    assert.strictEqual(data.toString(), message);
  }
  socket.close();
});

run();
