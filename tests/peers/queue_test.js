// What a slow client gets under each policy of the queue: the `ws` of Node, which stops reading.
"use strict";
const assert = require("node:assert");
const { once } = require("node:events");
const { run, test } = require("./tests.js");
const WebSocket = require("ws");

const url = process.env.VAQUERO_URL;
const count = 40_000; // kilobytes: more than the kernels on both sides take

/** A client that did not read while it was flooded. It reads from now on, and calls back with numbers. */
async function flooded(path, onNumber) {
  const socket = new WebSocket(url + path, { maxPayload: 0, perMessageDeflate: false });
  const numbers = [];
  socket.on("message", (data) => {
    const number = parseInt(data.toString(), 10);
    if (Number.isNaN(number)) return socket.close(); // what was asked for behind the flood
    numbers.push(number);
    onNumber(socket, number);
  });
  await once(socket, "open");
  socket.pause();
  socket.send(String(count));
  const done = url.replace("ws:", "http:") + "/done";
  while ((await (await fetch(done)).text()) !== "1"); // the harness bounds these
  socket.resume();
  const [code, reason] = await once(socket, "close");
  return { numbers, code, reason: reason.toString() };
}

const askAtLast = (socket, number) => number === count - 1 && socket.send("and now?");
const askAlways = (socket) => socket.send("and now?"); // dropped as well, while the queue is full

const firstNumbers = (size) => Array.from({ length: size }, (_, i) => i);

test("ws: a slow client is closed with 1013, behind what was begun", async () => {
  const { numbers, code, reason } = await flooded("/close", () => {});
  assert.deepStrictEqual([code, reason], [1013, "too slow"]);
  assert.deepStrictEqual(numbers, firstNumbers(numbers.length));
  assert.ok(numbers.length > 0 && numbers.length < count - 1, numbers.length);
});

test("ws: drop_newest keeps the oldest for a slow client, and it is served again", async () => {
  const { numbers } = await flooded("/drop_newest", askAlways);
  assert.deepStrictEqual(numbers, firstNumbers(numbers.length));
  assert.ok(numbers.length > 100 && numbers.length < count - 1, numbers.length);
});

test("ws: drop_oldest keeps the newest for a slow client, and it is served again", async () => {
  const { numbers } = await flooded("/drop_oldest", askAtLast);
  const newest = numbers.splice(-100);
  assert.deepStrictEqual(newest, firstNumbers(count).slice(-100));
  assert.deepStrictEqual(numbers, firstNumbers(numbers.length));
  assert.ok(numbers.length > 0 && numbers.length < count - 101, numbers.length);
});

test("ws: keep_latest keeps the newest of a key for a slow client", async () => {
  const { numbers } = await flooded("/keep_latest", askAtLast);
  // All came in one callback, so that none had begun when the next took its place.
  assert.deepStrictEqual(numbers, [count - 1]);
});

run();
