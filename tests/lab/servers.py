"""Real servers behind a balancer: nginx, dnsmasq, aiosmtpd, openssl s_server, and an echo server; each says who it is."""
import os
import socket
import struct
import subprocess
import sys
import threading

from .daemon import PEERS, TOP
from .eventually import eventually

ROOT = TOP / "build" / "peers" / "root"
NGINX = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
    server {{ listen 80; listen 8080; listen [::]:80 ipv6only=on; location / {{ return 200 "{name}"; }} }}
}}
"""
SMTP = """
import sys, time
sys.path.insert(0, sys.argv[1])
from aiosmtpd.controller import Controller
Controller(object(), hostname=sys.argv[2], port=25).start()
time.sleep(10000)
"""


def unavailable():
    """None, or the reason why there are no servers here."""
    wanted = ["usr/sbin/nginx", "usr/sbin/dnsmasq", "usr/lib/python3/dist-packages/aiosmtpd", "usr/sbin/iptables-legacy"]
    missing = [path for path in wanted if not (ROOT / path).exists()]
    return f"not unpacked (tests/peers/fetch): {', '.join(missing)}" if missing else None


def listens(node, port, table="tcp"):
    """A socket of this box waits there, whatever its address."""
    names = (table, table + "6")
    state = "0A" if table == "tcp" else "07"
    return any(line.split()[1].endswith(f":{port:04X}") and line.split()[3] == state
               for name in names for line in node.namespace.read(name).splitlines()[1:])


def nginx(node):
    """On ports 80 and 8080, IPv4 and IPv6 (80)."""
    configuration = node.folder / "nginx.conf"
    configuration.write_text(NGINX.format(folder=node.folder, name=node.name))
    process = node.popen(PEERS / "enter", "nginx", "-e", "stderr", "-c", configuration, "-p", node.folder, log="nginx.log")
    eventually(lambda: listens(node, 80), 15, "nginx listens", every=0.05)
    return process


def dnsmasq(node):
    """who.test TXT is the box's name."""
    process = node.popen(PEERS / "enter", "dnsmasq", "--keep-in-foreground", "--no-resolv", "--no-hosts", "--conf-file=/dev/null", "--user=root",
                         f"--pid-file={node.folder}/dnsmasq.pid", f"--txt-record=who.test,{node.name}", "--bind-interfaces", log="dnsmasq.log")
    eventually(lambda: listens(node, 53, "udp"), 15, "dnsmasq listens", every=0.05)
    return process


def smtp(node):
    process = node.popen(sys.executable, "-c", SMTP, ROOT / "usr/lib/python3/dist-packages", node.address, log="smtp.log")
    eventually(lambda: listens(node, 25), 15, "aiosmtpd listens", every=0.05)
    return process


def certificate(folder, name="server.test", days=2):
    """(certificate, key): self-signed; days=-1 is expired."""
    key, made = folder / f"{name}.key", folder / f"{name}.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", made,
                    "-subj", f"/CN={name}", "-days", str(days)], check=True, capture_output=True)
    return made, key


def s_server(node, pair, port=443):
    made, key = pair
    process = node.popen("openssl", "s_server", "-accept", str(port), "-cert", made, "-key", key, "-www", "-quiet", log="s_server.log")
    eventually(lambda: listens(node, port), 15, "s_server listens", every=0.05)
    return process


class Echo:
    """TCP and UDP on port 7777, in threads of the test: what is sent comes back with the box's name before it."""

    def __init__(self, node):
        name = node.name.encode()
        with node.namespace.entered():
            self._tcp = socket.create_server(("", 7777), backlog=2000)
            self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._udp.bind(("", 7777))
        threading.Thread(target=self._serve_udp, args=(name,), daemon=True).start()
        threading.Thread(target=self._serve_tcp, args=(name,), daemon=True).start()

    def _serve_udp(self, name):
        while True:
            data, sender = self._udp.recvfrom(2048)
            self._udp.sendto(name + b" " + data, sender)

    def _serve_tcp(self, name):
        import selectors
        waiting = selectors.DefaultSelector()
        waiting.register(self._tcp, selectors.EVENT_READ)
        while True:
            for key, _ in waiting.select():
                if key.fileobj is self._tcp:
                    waiting.register(self._tcp.accept()[0], selectors.EVENT_READ)
                    continue
                try:
                    data = key.fileobj.recv(2048)
                except ConnectionError:
                    data = b""
                if data:
                    key.fileobj.sendall(name + b" " + data)
                else:
                    waiting.unregister(key.fileobj)
                    key.fileobj.close()


def ask_txt(client, server, name="who.test", timeout=3):
    """The text of a TXT record, asked from a box; a new socket (and so a new connection of the balancer) each time."""
    question = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0" + struct.pack(">HH", 16, 1)
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    with client.namespace.entered(), socket.socket(family, socket.SOCK_DGRAM) as asker:
        asker.settimeout(timeout)
        asker.sendto(os.urandom(2) + b"\x01\x00\x00\x01\0\0\0\0\0\0" + question, (server, 53))
        answer = asker.recv(2048)
    at = 12 + len(question) + 10  # header, question, then a name by pointer, type, class, ttl
    length = struct.unpack(">H", answer[at:at + 2])[0]
    return answer[at + 3:at + 2 + length].decode()


def get(client, address, port=80, timeout=3):
    """The body of GET /, asked from a box."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with client.namespace.entered(), socket.socket(family, socket.SOCK_STREAM) as asker:
        asker.settimeout(timeout)
        asker.connect((address, port))
        asker.sendall(b"GET / HTTP/1.0\r\n\r\n")
        answer = b""
        while piece := asker.recv(4096):
            answer += piece
    return answer.partition(b"\r\n\r\n")[2].decode()
