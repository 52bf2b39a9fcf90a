"""genhash beside a small server: digests, complaints and exit statuses, under each of its three names."""
import hashlib
import re
import socket
import subprocess
import threading

import pytest
from lab import DEBIAN
from lab.daemon import BINARY, PEERS

GENHASH = BINARY.with_name("genhash")
DIGEST = hashlib.md5(b"hello\n").hexdigest()

ANSWERS = {"/ok": b"HTTP/1.0 200 OK\r\n\r\nhello\n", "/missing": b"HTTP/1.0 404 Not Found\r\n\r\nhello\n",
           "/short": b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nhello\n", "/none": b"",
           "/empty": b"HTTP/1.0 200 OK\r\n\r\n", "/chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n3\r\nlo\n\r\n0\r\n\r\n",
           "/odd": b"ICY 200\r\nno field\r\n\r\nhello\n",
           "/large": b"HTTP/1.0 200 OK\r\nServer: a\r\n\r\n" + bytes(range(40))}


@pytest.fixture(scope="module")
def server():
    """(port, requests seen)"""
    seen = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def serve():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    request = connection.recv(4096)
                    seen.append(request)
                    connection.sendall(ANSWERS[request.split()[1].decode()])
        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1], seen
        listener.shutdown(socket.SHUT_RDWR)


def genhash(*words, program=(GENHASH,), name=None):
    arguments = [str(word) for word in (*program, *words)]
    done = subprocess.run([name, *arguments[1:]] if name else arguments, executable=arguments[0], capture_output=True, text=True, errors="replace",
                          timeout=20, check=False)
    return done.returncode, done.stdout, done.stderr


def at(port, path):
    return "-s", "127.0.0.1", "-p", port, "-u", path


@pytest.mark.parametrize("path, digest", [("/ok", DIGEST), ("/missing", DIGEST), ("/short", "46356afe55fa3cea9cbe73ad442cad47")])
def test_the_body_is_hashed_whatever_the_status(server, path, digest):
    assert genhash(*at(server[0], path)) == (0, digest + "\n", "")


def test_an_answer_without_data_is_told(server):
    assert genhash(*at(server[0], "/none")) == (1, "", "no data received from remote webserver\n")


def test_a_refused_connection_is_told():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert genhash(*at(unused.getsockname()[1], "/")) == (1, "Connection failed\n", "")


@pytest.mark.parametrize("more, lines", [
    ((), ["GET /ok HTTP/1.0", "User-Agent: KeepAliveClient", "Host: 127.0.0.1:{port}"]),
    (("-P", "1.1", "-V", "www.example.org"), ["GET /ok HTTP/1.1", "User-Agent: KeepAliveClient", "Connection: close", "Host: www.example.org"]),
])
def test_the_request_is_that_of_the_check(server, more, lines):
    port, seen = server
    assert genhash(*at(port, "/ok"), *more)[0] == 0
    assert seen[-1].decode() == "\r\n".join([*lines, "", ""]).format(port=port)


def test_verbose_shows_what_was_hashed(server):
    status, text, _ = genhash(*at(server[0], "/ok"), "-v")
    assert status == 0
    assert "-----------------------[    HTTP Header Buffer    ]-----------------------\n" \
        "0000  48 54 54 50 2f 31 2e 30 - 20 32 30 30 20 4f 4b 0d   HTTP/1.0 200 OK.\n" in text
    assert "-----------------------[        HTML Buffer        ]-----------------------\n" \
        "0000  68 65 6c 6c 6f 0a       -                           hello.          \n\n" in text
    assert "-----------------------[    HTML hash resulting    ]-----------------------\n" \
        "0000  b1 94 6a c9 24 92 d2 34 - 7c 62 35 b4 d2 61 11 84   ..j.$..4|b5..a..\n" \
        f"-----------------------[ HTML hash final resulting ]-----------------------\n{DIGEST}\n\n" \
        "Global response time for [/ok] = " in text


@pytest.mark.skipif(DEBIAN.available() is not None, reason=DEBIAN.available() or "")
@pytest.mark.parametrize("more", [("-v",), ("-v", "-P", "1.0c"), ("--verbose", "--use-virtualhost", "www.example.org"), ("-P", "2"), ("-h",), ("-p", "0"),
                                  ("-s", "x")], ids=" ".join)
@pytest.mark.parametrize("path", ["/ok", "/short", "/missing", "/empty", "/large", "/chunks", "/odd"])
def test_all_that_is_printed_is_what_debians_prints(server, path, more):
    port, seen = server
    told = []
    for program in ([GENHASH], [PEERS / "enter", "genhash"]):
        seen.clear()
        _, out, err = genhash(*at(port, path), *more, program=program)
        told.append((re.sub(r"= \d+ usecs", "", out), re.sub(r"Usage: \S+", "Usage:", err), list(seen)))
    assert told[0] == told[1]


@pytest.mark.parametrize("words, complaint", [
    (("-h",), ""), ((), ""), (("-s", "127.0.0.1"), ""), (("-s", "here"), "server should be an IP, not here\n"),
    (("-p", "x"), "invalid port number 'x'\n"), (("-P", "3"), "invalid HTTP protocol version '3'\n"),
])
def test_bad_usage_ends_with_one_and_the_usage(words, complaint):
    status, out, err = genhash(*words)
    assert (status, out) == (1, "") and err.startswith(complaint + "Usage:")


def test_keepalived_is_genhash_by_option_and_by_name(server):
    assert genhash(*at(server[0], "/ok"), program=(BINARY, "--genhash"))[:2] == (0, DIGEST + "\n")
    assert genhash(*at(server[0], "/ok"), program=(BINARY, "-T"))[:2] == (0, DIGEST + "\n")
    assert genhash(*at(server[0], "/ok"), program=(BINARY,), name="genhash")[:2] == (0, DIGEST + "\n")
