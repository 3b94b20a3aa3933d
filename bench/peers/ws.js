// A peer of the benchmarks: a server as the documentation of Node's `ws` writes it ("Multiple
// servers sharing a single HTTP/S server", "Server broadcast").
//   node ws.js [--port N] [--deflate]
"use strict";
const http = require("node:http");
const { parseArgs } = require("node:util");
const { WebSocket, WebSocketServer } = require("ws");

const { values: options } = parseArgs({
  options: { port: { type: "string", default: "0" }, deflate: { type: "boolean", default: false } },
});
const zlibDeflateOptions = { level: 6, memLevel: 8 };
const settings = {
  noServer: true,
  perMessageDeflate: options.deflate && { threshold: 0, zlibDeflateOptions },
};

const echo = new WebSocketServer(settings);
echo.on("connection", (socket) => {
  socket.on("error", () => {});
  socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
});

const topics = new Map(); // a server, which knows its clients, for each path

function topicOf(path) {
  let topic = topics.get(path);
  if (topic) return topic;
  topic = new WebSocketServer(settings);
  topic.on("connection", (socket) => {
    socket.on("error", () => {});
    socket.on("message", (data, isBinary) => {
      // `ws` frames the same Buffer for each, and copies it for none.
      for (const client of topic.clients)
        if (client.readyState === WebSocket.OPEN) client.send(data, { binary: isBinary });
    });
  });
  topics.set(path, topic);
  return topic;
}

const server = http.createServer((request, response) => response.writeHead(404).end());
server.on("upgrade", (request, socket, head) => {
  const path = request.url;
  const isTopic = path.startsWith("/topic/");
  const chosen = path.startsWith("/echo") ? echo : isTopic ? topicOf(path) : null;
  if (!chosen) {
    socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    return;
  }
  chosen.handleUpgrade(request, socket, head, (client) => chosen.emit("connection", client));
});
server.listen(Number(options.port), "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
