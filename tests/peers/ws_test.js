// The handlers /echo and /hello, spoken to by the `ws` of Node.
"use strict";
const assert = require("node:assert");
const { once } = require("node:events");
const { run, test } = require("./tests.js");

const url = process.env.VAQUERO_URL;
const maxFrameSize = 1_000_000;

let WebSocket;
try {
  WebSocket = require("ws");
} catch {
  console.error("node does not find the module ws; ./test.sh gets it, and sets NODE_PATH");
  process.exit(1);
}

// A client that keeps what it receives until it is asked for.
class Peer {
  constructor(path) {
    this.socket = new WebSocket(url + path, { maxPayload: 0 });
    this.arrived = [];
    this.waiting = [];
    this.socket.on("message", (data, isBinary) => {
      const message = isBinary ? data : data.toString();
      const next = this.waiting.shift();
      if (next) next(message);
      else this.arrived.push(message);
    });
  }
  next() {
    if (this.arrived.length > 0) return Promise.resolve(this.arrived.shift());
    return new Promise((resolve) => this.waiting.push(resolve));
  }
  async closed() {
    const [code, reason] = await once(this.socket, "close");
    return { code, reason: reason.toString() };
  }
}

async function connect(path = "/echo") {
  const peer = new Peer(path);
  await once(peer.socket, "open");
  return peer;
}

const sizes = [0, 1, 125, 126, 65535, 65536, maxFrameSize];

test("ws: texts of every length form come back as texts", async () => {
  const peer = await connect();
  for (const size of sizes) {
    const text = "x".repeat(size % 2) + "\u00e9".repeat(size / 2);
    peer.socket.send(text);
    assert.strictEqual(await peer.next(), text);
  }
});

test("ws: binaries of every length form come back as binaries", async () => {
  const peer = await connect();
  for (const size of sizes) {
    const data = Buffer.alloc(size, "\x00\xff\x80");
    peer.socket.send(data);
    assert.ok(data.equals(await peer.next()));
  }
});

test("ws: a message one byte above max_frame_size is closed with 1009", async () => {
  const peer = await connect();
  peer.socket.send(Buffer.alloc(maxFrameSize + 1));
  assert.deepStrictEqual(await peer.closed(), { code: 1009, reason: "" });
});

test("ws: a message that the client fragments comes back whole", async () => {
  const peer = await connect();
  for (const part of ["a", "", "\u00e9"]) peer.socket.send(part, { fin: false });
  peer.socket.send("z");
  assert.strictEqual(await peer.next(), "a\u00e9z");
});

test("ws: a ping is answered by a pong with its payload", async () => {
  const peer = await connect();
  for (const payload of ["", "?", "x".repeat(125)]) {
    peer.socket.ping(payload);
    const [answer] = await once(peer.socket, "pong");
    assert.strictEqual(answer.toString(), payload);
  }
});

test("ws: the client's close code comes back, its reason does not", async () => {
  for (const code of [1000, 1001, 1008, 3000, 4999]) {
    const peer = await connect();
    peer.socket.close(code, "have a good day");
    assert.deepStrictEqual(await peer.closed(), { code, reason: "" });
  }
});

test("ws: a close without a code is answered by one without a code", async () => {
  const peer = await connect();
  peer.socket.close();
  assert.deepStrictEqual(await peer.closed(), { code: 1005, reason: "" });
});

test("ws: messages in flight keep their order", async () => {
  const peer = await connect();
  const count = 20_000;
  for (let i = 0; i < count; ++i) peer.socket.send(String(i));
  for (let i = 0; i < count; ++i) assert.strictEqual(await peer.next(), String(i));
});

test("ws: 200 clients at once each get their own echo", async () => {
  const peers = await Promise.all(Array.from({ length: 200 }, () => connect()));
  peers.forEach((peer, i) => peer.socket.send(`client ${i}`));
  for (let i = 0; i < peers.length; ++i)
    assert.strictEqual(await peers[i].next(), `client ${i}`);
});

test("ws: /hello greets by timer, answers, and greets again", async () => {
  const peer = await connect("/hello");
  assert.strictEqual(await peer.next(), "Hello!");
  peer.socket.send("x");
  assert.strictEqual(await peer.next(), "You said: x");
  assert.strictEqual(await peer.next(), "Hello again!");
});

test("ws: a client that vanishes disturbs no other", async () => {
  const peer = await connect();
  const vanishing = await connect();
  vanishing.socket.send("x".repeat(100_000));
  vanishing.socket.terminate();
  peer.socket.send("still there");
  assert.strictEqual(await peer.next(), "still there");
});

run();
