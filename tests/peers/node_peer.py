"""Node's `ws` as a client of a topic."""
import json
import subprocess

from harness import die_with_parent


class NodePeer:
    """Node's ws as a client, in a process of its own. A context."""

    def __init__(self, url):
        self.url = url

    def __enter__(self):
        self.process = subprocess.Popen(["node", "topic_peer.js", self.url], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        preexec_fn=die_with_parent)
        self.extensions = self.hear()["extensions"]
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()

    def hear(self):
        return json.loads(self.process.stdout.readline())

    def say(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()
