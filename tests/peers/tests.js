// The tests of a file for Node: `test` adds one, `run` does those whose sentences are this program's arguments,
// or all of them.
"use strict";

const tests = new Map();

exports.test = (sentence, body) => tests.set(sentence, body);

async function main(sentences) {
  for (const sentence of sentences.length > 0 ? sentences : tests.keys()) {
    console.log(sentence);
    await tests.get(sentence)();
  }
  process.exit(0); // with the clients that are left
}

exports.run = () =>
  main(process.argv.slice(2)).catch((error) => {
    console.error(error);
    process.exit(1);
  });
