"""Files of a folder, asked for by curl and by Python's http.client and email parser."""
import contextlib
import email.parser
import email.policy
import http.client
import os
import subprocess
import tempfile

from harness import Server, check_equal, die_with_parent, run, test

CONTENT = bytes(range(256)) * 8192  # two megabytes, of every byte


@contextlib.contextmanager
def serving(program):
    """A server of a folder in which there is `content`."""
    with tempfile.TemporaryDirectory() as folder:
        config = os.path.join(folder, "vaquero.toml")
        os.mkdir(os.path.join(folder, "public"))
        with open(os.path.join(folder, "public", "content"), "wb") as out:
            out.write(CONTENT)
        with open(config, "w", encoding="utf-8") as out:
            out.write(f'[[static]]\npath = "/files"\nfolder = "{folder}/public"\n')
        with Server(program, "--config", config, "--loops", "1") as server:
            yield server


def parts_of(content_type, body):
    """[(Content-Range, bytes)], as a parser of mail reads them."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
    check_equal((message.is_multipart(), message.defects), (True, []))
    parts = list(message.iter_parts())
    check_equal({part.get_content_type() for part in parts}, {"application/octet-stream"})
    return [(part["Content-Range"], part.get_payload(decode=True)) for part in parts]


@test("curl: several ranges of a file come as parts, and one as it is", served=False)
def curl_ranges(program):
    with serving(program) as server:
        command = ["curl", "-sS", "-m", "60", "-D", "-", server.http("/files/content")]

        def fetch(ranges):
            done = subprocess.run([*command, "-r", ranges], capture_output=True, check=True,
                                  preexec_fn=die_with_parent)
            head, body = done.stdout.split(b"\r\n\r\n", 1)
            status, *lines = head.decode().split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in lines)
            check_equal(int(headers["content-length"]), len(body))
            return int(status.split()[1]), headers, body

        status, headers, body = fetch("0-9,20-29")
        check_equal(status, 206)
        check_equal(parts_of(headers["content-type"], body),
                    [("bytes 0-9/2097152", CONTENT[:10]), ("bytes 20-29/2097152", CONTENT[20:30])])
        status, headers, body = fetch("0-9,10-29")
        check_equal((status, headers["content-range"], body),
                    (206, "bytes 0-29/2097152", CONTENT[:30]))
        status, headers, body = fetch("2097152-,-0")
        check_equal((status, headers["content-range"], body), (416, "bytes */2097152", b""))


@test("http.client: one socket carries parts, ranges and whole files one after another",
      served=False)
def client_ranges(program):
    with serving(program) as server:
        host, port = server.address
        client = http.client.HTTPConnection(host, port, timeout=60)

        def get(method="GET", **headers):
            client.request(method, "/files/content", headers=headers)
            answer = client.getresponse()
            return answer, answer.read()

        answer, body = get(Range="bytes=100000-1999999,0-0,-7,2-2")
        check_equal(answer.status, 206)
        check_equal(parts_of(answer.headers["content-type"], body),
                    [("bytes 100000-1999999/2097152", CONTENT[100000:2000000]),
                     ("bytes 0-0/2097152", CONTENT[:1]),
                     ("bytes 2097145-2097151/2097152", CONTENT[-7:]),
                     ("bytes 2-2/2097152", CONTENT[2:3])])
        ours = client.sock.getsockname()
        answer, body = get("HEAD", Range="bytes=0-0,2-2")
        check_equal((answer.status, answer.headers["content-length"]), (200, "2097152"))
        answer, body = get(**{"Range": "bytes=0-0,2-2", "If-Range": '"other"'})
        check_equal((answer.status, body == CONTENT), (200, True))
        answer, body = get(Range="bytes=0-9")
        check_equal((answer.status, body), (206, CONTENT[:10]))
        check_equal(client.sock.getsockname(), ours)
        client.close()


run()
