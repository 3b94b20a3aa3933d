// A client of a topic, on Node's `ws`: tells on stdout what it hears, a JSON line each, and says what
// it is told on stdin, a text a line.
"use strict";
const WebSocket = require("ws");

const socket = new WebSocket(process.argv[2]);
const tell = (what) => process.stdout.write(JSON.stringify(what) + "\n");

socket.on("open", () => tell({ extensions: socket.extensions }));
socket.on("message", (data, isBinary) =>
  tell(isBinary ? { binary: data.toString("hex") } : { text: data.toString() }));
socket.on("close", () => process.exit(0));
require("node:readline").createInterface({ input: process.stdin })
  .on("line", (line) => socket.send(line))
  .on("close", () => socket.close());
