// A peer of the benchmarks: an echo server as the documentation of Node's `ws` writes it.
//   node ws_echo.js [--deflate]
"use strict";
const http = require("node:http");
const { WebSocketServer } = require("ws");

const deflate = process.argv.includes("--deflate");
const zlibDeflateOptions = { level: 6, memLevel: 8 };
const perMessageDeflate = deflate && { threshold: 0, zlibDeflateOptions };
const server = http.createServer((request, response) => response.writeHead(404).end());
const sockets = new WebSocketServer({ server, perMessageDeflate });
sockets.on("connection", (socket) => {
  socket.on("error", () => {});
  socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
});
server.listen(0, "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
