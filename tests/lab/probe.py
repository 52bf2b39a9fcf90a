"""Ping a virtual address every few milliseconds, and know afterwards which probes were answered."""
import os
import select
import socket
import struct
import threading
import time

from .packets import checksum

INTERVAL = 0.005


class Probe:
    """ICMP echo requests out of a namespace on a fixed schedule; a thread of its own."""

    def __init__(self, namespace, target, mark):
        with namespace.entered():
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        self._socket.setblocking(False)
        self._target, self._id = target, (os.getpid() + mark) & 0xffff
        self.sent, self.answered = [], {}  # send times; number -> arrival
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def start(self):
        self._thread.start()

    def stop(self):
        if self._ending.is_set():
            return
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join()
        self._socket.close()

    close = stop

    def _work(self):
        due = time.monotonic()
        while not self._ending.is_set():
            self._send()
            due = max(due + INTERVAL, time.monotonic())
            while (left := due - time.monotonic()) > 0:
                if select.select([self._socket], [], [], left)[0]:
                    self._receive()

    def _send(self):
        number = len(self.sent)
        body = struct.pack("!BBHHHI", 8, 0, 0, self._id, number & 0xffff, number)
        body = body[:2] + struct.pack("!H", checksum(body)) + body[4:]
        self.sent.append(time.monotonic())
        try:
            self._socket.sendto(body, (self._target, 0))
        except OSError:
            pass  # no route to host while nobody answers ARP: a lost probe

    def _receive(self):
        try:
            packet = self._socket.recv(2048)
        except OSError:
            return
        reply = packet[(packet[0] & 15) * 4:]
        if len(reply) >= 12 and reply[0] == 0 and struct.unpack("!H", reply[4:6])[0] == self._id:
            self.answered.setdefault(struct.unpack("!I", reply[8:12])[0], time.monotonic())

    # What happened

    def is_answered_since(self, moment):
        """The last probe which had time to be answered was, and it was sent after `moment`."""
        for number in range(len(self.sent) - 1, -1, -1):
            if time.monotonic() - self.sent[number] < 0.05 and number not in self.answered:
                continue
            return number in self.answered and self.sent[number] >= moment
        return False

    def outage(self, begin, end):
        """(probes lost, longest time without an answer in seconds) among those sent between two moments (monotonic)."""
        lost, longest, silent_since = 0, 0.0, None
        for number, moment in enumerate(self.sent):
            if moment < begin or moment > end:
                continue
            if number in self.answered:
                if silent_since is not None:
                    longest, silent_since = max(longest, moment - silent_since), None
                continue
            lost += 1
            silent_since = moment if silent_since is None else silent_since
        if silent_since is not None:
            longest = max(longest, end - silent_since)
        return lost, longest
