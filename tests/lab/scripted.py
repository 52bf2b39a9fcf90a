"""Servers of one script: what they say, whatever they hear, and how they end; they keep what they heard."""
import contextlib
import selectors
import socket
import ssl
import struct
import threading

CLOSE, HOLD, RESET, SILENT = "close", "hold", "reset", "silent"


class Streams:
    """TCP servers on 127.0.0.1 of a box, one thread for all. say(port, …) makes one."""

    def __init__(self, node):
        self._node, self._waiting, self._scripts = node, selectors.DefaultSelector(), {}
        self._held = []
        self.heard, self.peers = {}, {}  # by port: what each connection said first, and from where
        self._wake, wake = socket.socketpair()
        self._waiting.register(wake, selectors.EVENT_READ, None)
        threading.Thread(target=self._serve, daemon=True).start()

    def say(self, port, *answers, end=CLOSE, greeting=b"", address="127.0.0.1"):
        """To each piece it hears the next answer; after the last one it ends so."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with self._node.namespace.entered():
            listener = socket.create_server((address, port), family=family, backlog=64)
        listener.setblocking(False)
        self._scripts[port] = (greeting, answers, end)
        self.heard[port], self.peers[port] = [], []
        self._waiting.register(listener, selectors.EVENT_READ, port)
        self._wake.send(b"x")

    def _serve(self):
        while True:
            for key, _ in self._waiting.select():
                if key.data is None:
                    key.fileobj.recv(100)
                elif isinstance(key.data, int):
                    self._take(key.fileobj, key.data)
                else:
                    self._answer(key.fileobj, key.data)

    def _take(self, listener, port):
        with contextlib.suppress(OSError):
            one, peer = listener.accept()
            self.peers[port].append(peer)
            greeting, answers, end = self._scripts[port]
            if greeting:
                one.sendall(greeting)
            self._waiting.register(one, selectors.EVENT_READ, [port, list(answers), end, []])

    def _answer(self, one, state):
        port, answers, end, heard = state
        try:
            data = one.recv(65536)
        except OSError:
            data = b""
        if data and not heard:
            self.heard[port].append(heard)
        heard.append(data)
        if not data:
            return self._forget(one)
        if end == SILENT:
            return
        with contextlib.suppress(OSError):
            if answers:
                one.sendall(answers.pop(0))
            if not answers and end == CLOSE:
                one.shutdown(socket.SHUT_WR)
            if not answers and end == RESET:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self._forget(one)

    def _forget(self, one):
        self._waiting.unregister(one)
        one.close()


class Datagrams:
    """UDP servers on 127.0.0.1 of a box: each answers with what `answer(question)` gives, None: nothing."""

    def __init__(self, node):
        self._node, self.heard, self.peers = node, {}, {}

    def answer(self, port, answer, address="127.0.0.1"):
        with self._node.namespace.entered():
            one = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
        one.bind((address, port))
        self.heard[port], self.peers[port] = [], []
        threading.Thread(target=self._serve, args=(one, port, answer), daemon=True).start()

    def _serve(self, one, port, answer):
        while True:
            data, sender = one.recvfrom(65536)
            self.heard[port].append(data)
            self.peers[port].append(sender)
            if (reply := answer(data)) is not None:
                one.sendto(reply, sender)


class Tls:
    """TLS servers on 127.0.0.1 of a box, a thread a connection; heard: (name asked for, request)."""

    def __init__(self, node, pair):
        self._node, self._pair, self.heard = node, pair, {}

    def say(self, port, answer, rude=False, end=CLOSE, tickets=0):
        """answer None: silent after the handshake. rude: ends without close_notify. tickets: of TLS 1.3."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*map(str, self._pair))
        # They reach a client together with what follows, or by themselves, and 2.2.7 tells these apart.
        context.num_tickets = tickets
        with self._node.namespace.entered():
            listener = socket.create_server(("127.0.0.1", port), backlog=64)
        self.heard[port] = []
        threading.Thread(target=self._serve, args=(listener, context, port, answer, rude, end), daemon=True).start()

    def _serve(self, listener, context, port, *how):
        while True:
            one, _ = listener.accept()
            threading.Thread(target=self._talk, args=(one, context, port, *how), daemon=True).start()

    def _talk(self, plain, context, port, answer, rude, end):
        asked = []
        context.sni_callback = lambda _, name, __: asked.append(name)
        with contextlib.suppress(OSError), plain:
            plain.settimeout(10)
            try:
                one = context.wrap_socket(plain, server_side=True)
            except OSError as problem:
                self.heard[port].append(type(problem).__name__)
                return
            self.heard[port].append((asked[-1], one.recv(65536)))
            if answer is None or end == HOLD:
                if answer:
                    one.sendall(answer)
                one.recv(1)
                return
            one.sendall(answer)
            if not rude:
                one.unwrap()
            one.close()
