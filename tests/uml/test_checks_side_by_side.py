"""What our checks say and hear beside Debian's: the same bytes on the wire, and the same verdict on whatever a server answers.

Both daemons check the same scripted servers, each on a box of its own. Where the two differ on purpose the case says why.
"""
import hashlib
import re
import struct
import threading

import pytest
from lab import DEBIAN, OURS, Capture, Lab, eventually
from lab import servers as real
from lab.balancer import ipvsadm, real_server, table, virtual_server
from lab.scripted import CLOSE, HOLD, RESET, SILENT, Datagrams, Streams, Tls

MODULES = ["ip_vs", "ip_vs_rr"]

pytestmark = pytest.mark.skipif(DEBIAN.available() is not None, reason=DEBIAN.available() or "")

GLOBAL = "global_defs {\n router_id T\n checker_log_all_failures\n}\n"
OK = b"HTTP/1.1 200 OK\r\n"
SOON = "theirs calls it a read error or no data, by how soon the end comes"
CHUNKS = b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"


def md5(data):
    return "digest " + hashlib.md5(data).hexdigest()


class Case:
    """A server and a check of it. differs: why ours comes to another verdict; words: why it says it in other words."""

    def __init__(self, name, kind, check, serve, address="127.0.0.1", more="", server="", differs="", words=""):
        self.name, self.kind, self.check, self.serve, self.address = name, kind, check, serve, address
        self.more, self.server, self.differs, self.words = more, server, differs, words

    def block(self, port):
        check = f"{self.kind} {{\n connect_timeout 3\n retry 0\n delay_loop 4\n warmup 0\n {self.check.replace('<port>', str(port))}\n}}"
        vip = "fd00::a" if ":" in self.address else "10.0.0.1"
        return virtual_server(f"{vip} {port}", real_server(self.address, port, f"{self.server}\n{check}"), more=self.more)


def Reply(name, answer, want="", end=CLOSE, differs="", words=""):
    """What a web server answers."""
    return Case(name, "HTTP_GET", f"http_protocol 1.1\n url {{\n path /{name}\n {want}\n}}",
                lambda site, port: site.streams.say(port, answer, end=end), differs=differs, words=words)


def Web(name, check, kind="HTTP_GET", address="127.0.0.1", **more):
    """What is asked of a web server which is content with everything."""
    return Case(name, kind, check, lambda site, port: site.streams.say(port, OK + b"\r\nhello", address=address), address, **more)


def Secure(name, answer=OK + b"\r\nhello", check="url {\n path /\n}", differs="", words="", more="", server="", **how):
    return Case(name, "SSL_GET", check, lambda site, port: site.tls.say(port, answer, **how), differs=differs, words=words, more=more, server=server)


def Mail(name, *answers, greeting=b"220 here\r\n", end=CLOSE, check="", differs="", words=""):
    return Case(name, "SMTP_CHECK", check, lambda site, port: site.streams.say(port, *answers, greeting=greeting, end=end),
                differs=differs, words=words)


def Dns(name, answer, check="", differs="", words=""):
    return Case(name, "DNS_CHECK", check, lambda site, port: site.datagrams.answer(port, answer), differs=differs, words=words)


def Udp(name, reply, check="", differs="", words=""):
    return Case(name, "UDP_CHECK", check, lambda site, port: site.datagrams.answer(port, lambda _: reply), differs=differs, words=words)


def Nobody(name, kind, check="", address="127.0.0.1", differs="", words=""):
    """Nothing listens there."""
    return Case(name, kind, check, lambda site, port: None, address, differs=differs, words=words)


REPLIES = [
    Reply("plain", OK + b"\r\nhello", md5(b"hello")),
    Reply("no-reason", b"HTTP/1.1 200\r\n\r\nhello", differs="a status without reason is one (trap 10)"),
    Reply("no-reason-but-a-blank", b"HTTP/1.1 200 \r\n\r\nhello"),
    Reply("no-reason-with-length", b"HTTP/1.1 200 \r\nContent-Length: 5\r\n\r\nhello", md5(b"hello")),
    Reply("no-reason-404", b"HTTP/1.1 404 \r\n\r\nhello"),
    Reply("lower-case-protocol", b"http/1.1 200 ok\r\n\r\nhello", md5(b"hello")),
    Reply("http-2", b"HTTP/2 200 OK\r\n\r\nhello"),
    Reply("http-0-9", b"hello there\n"),
    Reply("icy", b"ICY 200 OK\r\n\r\nhello", md5(b"hello")),
    Reply("version-1.2", b"HTTP/1.2 200 OK\r\n\r\nhello"),
    Reply("version-none", b"HTTP 200 OK\r\n\r\nhello"),
    Reply("two-blanks", b"HTTP/1.1  200 OK\r\n\r\nhello"),
    Reply("tab", b"HTTP/1.1\t200 OK\r\n\r\nhello"),
    Reply("code-of-four", b"HTTP/1.1 2000 OK\r\n\r\nhello"),
    Reply("code-of-two", b"HTTP/1.1 20 OK\r\n\r\nhello"),
    Reply("code-with-letters", b"HTTP/1.1 2x0 OK\r\n\r\nhello"),
    Reply("utf-8-reason", "HTTP/1.1 200 Trés bién\r\n\r\nhello".encode()),
    Reply("lf-only", b"HTTP/1.1 200 OK\n\nhello"),
    Reply("lf-in-header", b"HTTP/1.1 200 OK\nServer: x\r\n\r\nhello"),
    Reply("cr-only", b"HTTP/1.1 200 OK\r\rhello"),
    Reply("mixed-end", b"HTTP/1.1 200 OK\r\nServer: x\n\r\nhello"),
    Reply("folded", OK + b"X: a\r\n b\r\n\r\nhello", md5(b"hello")),
    Reply("no-colon", OK + b"nonsense\r\n\r\nhello", md5(b"hello")),
    Reply("blank-before-colon", OK + b"Server : x\r\n\r\nhello", md5(b"hello")),
    Reply("empty-name", OK + b": x\r\n\r\nhello", md5(b"hello")),
    Reply("odd-name", OK + b"Bad(Name): x\r\n\r\nhello", md5(b"hello")),
    Reply("8-bit-value", OK + b"Server: \xe9\x01\r\n\r\nhello", md5(b"hello")),
    Reply("zero-in-header", OK + b"Server: a\0b\r\n\r\nhello"),
    Reply("leading-blank-line", b"\r\nHTTP/1.1 200 OK\r\n\r\nhello"),
    Reply("leading-blank-lines", b"\r\n\r\nHTTP/1.1 200 OK\r\n\r\nhello"),
    Reply("continue-first", b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nhello"),
    Reply("early-hints-first", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\nhello"),
    Reply("continue-wanted", b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nhello", "status_code 100"),
    Reply("length-too-large", OK + b"Content-Length: 50\r\n\r\nhello", md5(b"hello")),
    Reply("length-too-small", OK + b"Content-Length: 3\r\n\r\nhello", md5(b"hel")),
    Reply("length-too-small-whole", OK + b"Content-Length: 3\r\n\r\nhello", md5(b"hello")),
    Reply("length-lower-case", OK + b"content-length: 3\r\n\r\nhello", md5(b"hello")),
    Reply("length-zero", OK + b"Content-Length: 0\r\n\r\n", md5(b"")),
    Reply("length-zero-with-body", OK + b"Content-Length: 0\r\n\r\nhello", md5(b"")),
    Reply("length-no-number", OK + b"Content-Length: many\r\n\r\nhello", md5(b"hello")),
    Reply("length-negative", OK + b"Content-Length: -1\r\n\r\nhello", md5(b"hello")),
    Reply("length-twice", OK + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", md5(b"hello")),
    Reply("length-twice-unlike", OK + b"Content-Length: 3\r\nContent-Length: 5\r\n\r\nhello", md5(b"hel")),
    Reply("length-huge", OK + b"Content-Length: 99999999999999999999999\r\n\r\nhello", md5(b"hello")),
    Reply("length-and-chunks", OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKS),
    Reply("chunks", OK + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKS),
    Reply("chunks-raw-digest", OK + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKS, md5(CHUNKS)),
    Reply("chunks-decoded-digest", OK + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKS, md5(b"hello"), differs="a digest of the joined chunks is right, too (trap 10)"),
    Reply("chunks-regex", OK + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKS, 'regex "hel"'),
    Reply("chunks-malformed", OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello"),
    Reply("chunks-cut", OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel"),
    Reply("gzip", OK + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\0\0", md5(b"\x1f\x8b\x08\0\0")),
    Reply("204", b"HTTP/1.1 204 No Content\r\n\r\n"),
    Reply("204-with-body", b"HTTP/1.1 204 No Content\r\n\r\nhello", md5(b"hello")),
    Reply("304", b"HTTP/1.1 304 Not Modified\r\n\r\n"),
    Reply("304-wanted", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "status_code 304"),
    Reply("301", b"HTTP/1.1 301 Moved\r\nLocation: /x\r\n\r\n"),
    Reply("302-in-range", b"HTTP/1.1 302 Found\r\n\r\n", "status_code 200-204 300-302"),
    Reply("599", b"HTTP/1.1 599 Odd\r\n\r\n", "status_code 599"),
    Reply("digest-wrong", OK + b"\r\nhello", md5(b"other")),
    Reply("empty-body-digest", OK + b"\r\n", md5(b"")),
    Reply("empty-body-regex", OK + b"\r\n", 'regex "^$"', differs="theirs does not look at an empty body"),
    Reply("regex", OK + b"\r\nhello world", 'regex "o w"'),
    Reply("regex-absent", OK + b"\r\nhello world", 'regex "moon"'),
    Reply("regex-no-match", OK + b"\r\nhello world", 'regex "moon"\n regex_no_match'),
    Reply("regex-no-match-found", OK + b"\r\nhello world", 'regex "world"\n regex_no_match'),
    Reply("regex-caseless", OK + b"\r\nHELLO", 'regex "hello"\n regex_options caseless'),
    Reply("regex-multiline", OK + b"\r\na\nhello\nb", 'regex "^hello$"\n regex_options multiline'),
    Reply("regex-single-line", OK + b"\r\na\nhello\nb", 'regex "^hello$"'),
    Reply("regex-dotall", OK + b"\r\na\nhello", 'regex "a.hello"\n regex_options dotall'),
    Reply("regex-offset-good", OK + b"\r\naaaaahello", 'regex "hello"\n regex_min_offset 5\n regex_max_offset 5', differs="theirs counts from the header when both come together"),
    Reply("regex-offset-late", OK + b"\r\naaaaaahello", 'regex "hello"\n regex_max_offset 5'),
    Reply("regex-offset-early", OK + b"\r\nhello", 'regex "hello"\n regex_min_offset 1'),
    Reply("regex-in-header-only", OK + b"Server: hello\r\n\r\nother", 'regex "hello"'),
    Reply("regex-past-length", OK + b"Content-Length: 3\r\n\r\nabchello", 'regex "hello"'),
    Reply("regex-over-4k", OK + b"\r\n" + b"x" * 4080 + b"hello" + b"y" * 100, 'regex "hello"'),
    Reply("regex-lookbehind", OK + b"\r\n" + b"x" * 4075 + b"hello", 'regex "(?<=xx)hello$"', differs="the end never matches in theirs"),
    Reply("regex-and-digest", OK + b"\r\nhello", 'regex "hello"\n ' + md5(b"hello")),
    Reply("header-4000", OK + b"X: " + b"x" * 3950 + b"\r\n\r\nhello", md5(b"hello")),
    Reply("header-5000", OK + b"X: " + b"x" * 5000 + b"\r\n\r\nhello", differs="ours reads headers up to 16 KiB"),
    Reply("large-body", OK + b"\r\n" + b"0123456789" * 20000, md5(b"0123456789" * 20000)),
    Reply("keeps-open", OK + b"Content-Length: 5\r\n\r\nhello", end=HOLD, differs="ours is content with the whole body (trap 9)"),
    Reply("keeps-open-no-length", OK + b"\r\nhello", end=HOLD),
    Reply("resets-after-body", OK + b"Content-Length: 5\r\n\r\nhello", end=RESET, differs="ours is content with the whole body (trap 9)"),
    Reply("silent", b"", end=SILENT),
    Reply("closes", b""),
    Reply("half-a-header", b"HTTP/1.1 200 OK\r\nServ"),
    Reply("header-without-end", b"HTTP/1.1 200 OK\r\nServer: x\r\n"),
    Reply("status-line-only", b"HTTP/1.1 200 OK\r\n\r\n"),
    Reply("garbage", b"\x01\x02\x03\xff garbage\r\n\r\n\x16\x03\x01"),
    Reply("ssh", b"SSH-2.0-OpenSSH_9.2\r\n"),
    Reply("smtp", b"220 mail ready\r\n\r\n"),
    Reply("smtp-200", b"x 200 ready\r\n\r\n"),
]


def dns(flags=0x8180, rcode=0, change=lambda query: query):
    """An answer without records to a query."""
    return lambda query: change(query[:2] + struct.pack(">H", flags | rcode) + query[4:])


URL = "url {\n path /\n}"
BYE = (b"250 hello\r\n", b"221 bye\r\n")
CASES = REPLIES + [
    Web("web-default", URL),
    Web("web-1.0C", "http_protocol 1.0C\n " + URL),
    Web("web-1.0c", "http_protocol 1.0c\n " + URL),
    Web("web-1.1", "http_protocol 1.1\n " + URL),
    Web("web-virtualhost", "virtualhost check.ex\n " + URL),
    Web("web-virtualhost-everywhere", "virtualhost check.ex\n url {\n path /\n virtualhost url.ex\n}", more="virtualhost service.ex",
        server="virtualhost server.ex"),
    Web("web-virtualhost-server", URL, more="virtualhost service.ex", server="virtualhost server.ex"),
    Web("web-virtualhost-service", "http_protocol 1.1\n " + URL, more="virtualhost service.ex"),
    Web("web-path-with-blanks", 'url {\n path "/a b?c=d&e=%20"\n}'),
    Web("web-path-without-slash", "url {\n path two\n}"),
    Web("web-three-urls", "url {\n path /1\n}\n url {\n path /2\n}\n url {\n path /3\n}\n fast_recovery"),
    Web("web-long-path", f"url {{\n path /{'x' * 400}\n}}"),
    Web("web-ipv6", URL, address="::1"),
    Web("web-bindto", "bindto 127.0.0.77\n " + URL),
    Web("web-bind-if", "bind_if lo\n " + URL),
    Web("web-bind-if-wrong", "bind_if eth0\n " + URL),
    Web("web-fwmark-prohibited", "fwmark 7\n " + URL),
    Web("web-fwmark-harmless", "fwmark 8\n " + URL),
    Secure("tls"),
    Secure("tls-no-sni", check="virtualhost check.ex\n " + URL),
    Secure("tls-sni-check", check="enable_sni\n virtualhost check.ex\n " + URL, more="virtualhost service.ex"),
    Secure("tls-sni-url", check="enable_sni\n virtualhost check.ex\n url {\n path /\n virtualhost url.ex\n}"),
    Secure("tls-sni-service", check="enable_sni\n " + URL, more="virtualhost service.ex", server="virtualhost server.ex"),
    Secure("tls-sni-server-only", check="enable_sni\n " + URL, server="virtualhost server.ex"),
    Secure("tls-sni-none", check="enable_sni\n " + URL),
    Secure("tls-1.1", check="http_protocol 1.1\n " + URL),
    Secure("tls-digest", check="url {\n path /\n " + md5(b"hello") + "\n}"),
    Secure("tls-404", b"HTTP/1.1 404 No\r\n\r\n"),
    Secure("tls-no-close-notify", rude=True),
    Secure("tls-large", OK + b"\r\n" + b"0123456789" * 5000, check="url {\n path /\n " + md5(b"0123456789" * 5000) + "\n}"),
    Secure("tls-garbage", b"\x01 garbage\r\n\r\n"),
    Secure("tls-empty", b"", words=SOON),
    Secure("tls-empty-rude", b"", rude=True, words=SOON),
    Secure("tls-silent", None),
    Secure("tls-silent-but-for-tickets", None, tickets=2),
    Secure("tls-keeps-open", OK + b"\r\nhello", end=HOLD),
    Case("tls-to-plain", "SSL_GET", URL, lambda site, port: site.streams.say(port, OK + b"\r\nhello")),
    Case("tls-no-handshake", "SSL_GET", URL, lambda site, port: site.streams.say(port, end=SILENT)),
    Case("plain-to-tls", "HTTP_GET", URL, lambda site, port: site.tls.say(port, OK + b"\r\nhello")),
    Mail("mail", *BYE),
    Mail("mail-helo-name", *BYE, check="helo_name me.example"),
    Mail("mail-greeting-of-two-lines", *BYE, greeting=b"220-one\r\n220 two\r\n", differs="continuation lines are read (trap 10)"),
    Mail("mail-greeting-bare", *BYE, greeting=b"220\r\n", differs="a bare 220 is one (trap 10)"),
    Mail("mail-greeting-bare-lf", *BYE, greeting=b"220\n"),
    Mail("mail-greeting-lf", *BYE, greeting=b"220 x\n"),
    Mail("mail-greeting-554", *BYE, greeting=b"554 go away\r\n"),
    Mail("mail-greeting-garbage", *BYE, greeting=b"\x01\x02\r\n"),
    Mail("mail-greeting-without-end", *BYE, greeting=b"220 here"),
    Mail("mail-no-greeting", greeting=b"", end=SILENT),
    Mail("mail-helo-of-two-lines", b"250-one\r\n250 two\r\n", b"221 bye\r\n", differs="continuation lines are read (trap 10)"),
    Mail("mail-helo-refused", b"501 no\r\n", b"221 bye\r\n"),
    Mail("mail-helo-251", b"251 hm\r\n", b"221 bye\r\n"),
    Mail("mail-quit-refused", b"250 hello\r\n", b"500 what\r\n"),
    Mail("mail-quit-garbage", b"250 hello\r\n", b"so long\r\n"),
    Mail("mail-quit-closes", b"250 hello\r\n"),
    Mail("mail-hangs-at-helo", end=SILENT),
    Mail("mail-closes-at-helo", b""),
    Mail("mail-resets", b"250 he", end=RESET),
    Dns("dns", dns()),
    Dns("dns-a", dns(), "type A\n name www.example.org"),
    Dns("dns-final-dot", dns(), "type MX\n name www.example.org."),
    Dns("dns-root", dns(), "type NS\n name ."),
    Dns("dns-txt", dns(), "type txt\n name a-b_c.example"),
    Dns("dns-aaaa", dns(), "type AAAA\n name xn--bcher-kva.example"),
    Dns("dns-cname", dns(), "type CNAME\n name ab.cd"),
    Dns("dns-rrsig", dns(), "type RRSIG\n name ab.cd"),
    Dns("dns-dnskey", dns(), "type DNSKEY\n name ab.cd"),
    Dns("dns-upper-case", dns(), "name WWW.Example.ORG"),
    Dns("dns-failed", dns(rcode=2)),
    Dns("dns-no-such-name", dns(rcode=3)),
    Dns("dns-refused", dns(rcode=5)),
    Dns("dns-truncated", dns(flags=0x8380)),
    Dns("dns-other-opcode", dns(flags=0xa980)),
    Dns("dns-a-query-back", lambda query: query),
    Dns("dns-wrong-id", dns(change=lambda reply: bytes([reply[0] ^ 1]) + reply[1:])),
    Dns("dns-short", dns(change=lambda reply: reply[:11]), differs="theirs never comes to an end"),
    Dns("dns-header-only", dns(change=lambda reply: reply[:12])),
    Dns("dns-header-only-no-question", dns(change=lambda reply: reply[:4] + bytes(8))),
    Dns("dns-junk-after", dns(change=lambda reply: reply + b"\xff" * 100)),
    Dns("dns-junk-question", dns(change=lambda reply: reply[:12] + b"\xff" * 100)),
    Dns("dns-silent", lambda query: None),
    Dns("dns-empty", lambda query: b""),
    Nobody("dns-nobody", "DNS_CHECK"),
    Udp("udp-silent", None),
    Udp("udp-answered", b"yes"),
    Udp("udp-payload", None, "payload 0102 ff00"),
    Udp("udp-payload-lone-digit", None, "payload 0102 f 10"),
    Udp("udp-wanted", b"yes", "require_reply"),
    Udp("udp-wanted-silent", None, "require_reply"),
    Udp("udp-wanted-empty", b"", "require_reply"),
    Udp("udp-match", b"\x01\x02\x03", "require_reply 0102"),
    Udp("udp-no-match", b"\x01\x03", "require_reply 0102"),
    Udp("udp-mask", b"\x01\x7f", "require_reply 01x f"),
    Udp("udp-nibble", b"\x01\x2f", "require_reply 01 xf"),
    Udp("udp-nibble-other", b"\x01\x2e", "require_reply 01 xf"),
    Udp("udp-short", b"\x01", "require_reply 0102", differs="a part is not the whole (trap 30)"),
    Udp("udp-too-short", b"\x01\x02", "require_reply 01\n min_reply_length 3"),
    Udp("udp-too-long", b"\x01" * 300, "require_reply 01"),
    Udp("udp-long-allowed", b"\x01" * 300, "require_reply 01\n max_reply_length 300"),
    Udp("udp-lengths-without-data", b"\x01", "require_reply\n min_reply_length 3"),
    Nobody("udp-nobody", "UDP_CHECK"),
    Nobody("udp-nobody-wanted", "UDP_CHECK", "require_reply"),
    Nobody("udp-unreachable", "UDP_CHECK", address="10.99.0.1"),
    Nobody("tcp-nobody", "TCP_CHECK"),
    Nobody("tcp-unreachable", "TCP_CHECK", address="10.99.0.1"),
    Nobody("tcp-nobody-on-the-segment", "TCP_CHECK", address="10.0.0.200"),
    Nobody("web-nobody", "HTTP_GET", URL),
    Nobody("web-unreachable", "HTTP_GET", URL, address="10.99.0.1", words="2.2.7 says HTTP_CHECK"),
    Nobody("tls-nobody", "SSL_GET", URL),
    Nobody("mail-nobody", "SMTP_CHECK"),
    Nobody("mail-unreachable", "SMTP_CHECK", address="10.99.0.1"),
    Nobody("dns-unreachable", "DNS_CHECK", address="10.99.0.1"),
    Nobody("ping", "PING_CHECK", address="127.0.3.1"),
    Nobody("ping-6", "PING_CHECK", address="::1"),
    Nobody("ping-unreachable", "PING_CHECK", address="10.99.0.1"),
    Nobody("ping-nobody", "PING_CHECK", address="10.0.0.200"),
    Case("tcp", "TCP_CHECK", "", lambda site, port: site.streams.say(port, end=SILENT)),
    Case("tcp-connect-port", "TCP_CHECK", "connect_port 8001", lambda site, port: None),
    Case("tcp-connect-ip", "TCP_CHECK", "connect_ip 127.0.0.1", lambda site, port: site.streams.say(port, end=SILENT), address="127.0.9.9"),
    Case("tcp-bindto-not-here", "TCP_CHECK", "bindto 10.99.0.2", lambda site, port: site.streams.say(port, end=SILENT)),
]
FIRST_PORT = 8001
# How often at least, where it is not twice: not bound, never asked; and 2.2.7 never asks again after an answer of another query.
ASKED = {"web-bind-if-wrong": 0, "tcp-bindto-not-here": 0, "dns-a-query-back": 1, "dns-wrong-id": 1, "dns-empty": 1, "dns-short": 1}
PORTS = {case.name: FIRST_PORT + n for n, case in enumerate(CASES)}


def hello(data):
    """Of a TLS client's first words only how long they are: the rest is random."""
    return (data[:3], len(data)) if data[:2] == b"\x16\x03" else data


class Site:
    """A box with its scripted servers and one of the two daemons."""

    def __init__(self, lab, flavour):
        self.node, self.flavour = lab.node(flavour.name), flavour
        self.streams, self.datagrams = Streams(self.node), Datagrams(self.node)
        self.tls = Tls(self.node, real.certificate(self.node.folder))
        self.node.ip("rule add fwmark 7 prohibit")
        self.node.namespace.sysctl(net__ipv4__ping_group_range="0 0")

    def judge(self):
        """Lets every server be asked twice, and notes what came of it."""
        for case in CASES:
            case.serve(self, PORTS[case.name])
        with Capture(self.node.namespace, "lo") as wire:
            daemon = self.node.keepalived(GLOBAL + "".join(case.block(PORTS[case.name]) for case in CASES), self.flavour)
            eventually(lambda: not self.not_asked(), 40, lambda: f"{self.flavour.name}: not asked: {self.not_asked()}\n{daemon.log()}", every=0.2)
            daemon.wait_for_log(rf"SMTP.*:{PORTS['mail-no-greeting']}\b")
            self.pings = self.echo_requests(wire)
        up = {int(line.split("-r ")[1].split()[0].rsplit(":", 1)[1]) for line in table(self.node) if line.startswith("-a")}
        self.up = {name: port in up for name, port in PORTS.items()}
        self.said = {name: self.lines_of(daemon.log(), port) for name, port in PORTS.items()}
        self.heard = {name: self.told(name, port) for name, port in PORTS.items()}
        daemon.stop()
        ipvsadm(self.node, "-C")

    def not_asked(self):
        asked = (self.streams.peers, self.datagrams.heard, self.tls.heard)
        return [name for name, port in PORTS.items() for one in asked if port in one and len(one[port]) < ASKED.get(name, 2)]

    def lines_of(self, log, port):
        lines = set(re.findall(rf"^\w{{3}} \w{{3}} +\d+ [\d:.]+ \d{{4}}: (.*:{port}\b.*)$", log, re.M))
        if self.flavour is DEBIAN and any(case.kind == "SSL_GET" and PORTS[case.name] == port for case in CASES):
            lines = {line.replace("HTTP_CHECK on", "SSL_CHECK on") for line in lines}  # as 2.4.3 says it
        return sorted(line for line in lines if not re.search("Activating|Removing service|Adding service|Lost|Gained|Shutting|Command line", line))

    def told(self, name, port):
        """What the server heard, and from which address, without what differs each time."""
        streams = {(hello(b"".join(heard)), peer[0]) for heard, peer in zip(self.streams.heard.get(port, []), self.streams.peers.get(port, []))}
        datagrams = {(data[2 if name.startswith("dns") else 0:], peer[0])
                     for data, peer in zip(self.datagrams.heard.get(port, []), self.datagrams.peers.get(port, []))}
        return streams | datagrams | set(self.tls.heard.get(port, []))

    def echo_requests(self, wire):
        """ToS, time to live, type, code and payload of the ICMP echo requests to 127.0.3.1."""
        found = set()
        for packet in wire.packets():
            ip = packet.data[14:]
            if ip[:1] == b"\x45" and ip[9] == 1 and ip[16:20] == bytes([127, 0, 3, 1]):
                found.add((ip[1], ip[8], ip[20:22], ip[28:]))
        return found


@pytest.fixture(scope="module")
def sites():
    """Both after all is judged, side by side."""
    with Lab() as lab:
        both = [Site(lab, OURS), Site(lab, DEBIAN)]
        failures = []

        def judge(site):
            try:
                site.judge()
            except BaseException as problem:  # shown by the test's thread
                failures.append(problem)
        threads = [threading.Thread(target=judge, args=(site,)) for site in both]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            pytest.exit(f"{failures[0]}", 1)  # and not once for each of two hundred cases
        yield both


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_same_bytes_and_the_same_verdict(sites, case):
    ours, theirs = sites
    name = case.name
    if not case.differs:
        assert ours.heard[name] == theirs.heard[name]
    told = f"\nours: {ours.said[name]}\ntheirs: {theirs.said[name]}"
    if case.differs:
        assert ours.up[name] != theirs.up[name], "no difference any more" + told
        return
    assert ours.up[name] == theirs.up[name], told
    if not case.words:
        assert ours.said[name] == theirs.said[name], told


def test_the_same_echo_requests(sites):
    ours, theirs = sites
    assert ours.pings == theirs.pings and len(ours.pings) == 1
