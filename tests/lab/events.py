"""Addresses which come and go in a namespace, with the time of each, as rtnetlink tells them."""
import collections
import fcntl
import ipaddress
import os
import signal
import socket
import struct
import time

RTM_NEWADDR, RTM_DELADDR = 20, 21
IFA_ADDRESS, IFA_LOCAL = 1, 2
GROUPS = 1 << 4 | 1 << 8  # RTMGRP_IPV4_IFADDR, RTMGRP_IPV6_IFADDR
SO_RCVBUFFORCE = 33
HEADER = struct.Struct("=dI")

AddressEvent = collections.namedtuple("AddressEvent", "time added address")  # time: seconds of the wall clock


class AddressEvents:
    """A process which only receives, so that the times are those of the arrival (a thread waits for the interpreter's lock)."""

    def __init__(self, namespace):
        with namespace.entered():
            self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
            self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20)
            self._socket.bind((0, GROUPS))
        self._socket.settimeout(0.2)
        self._raw, self._unread = [], b""
        self._pipe, writing = os.pipe2(os.O_CLOEXEC)
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 1 << 20)
        os.set_blocking(self._pipe, False)
        parent = os.getpid()
        self._receiver = os.fork()
        if self._receiver == 0:
            try:
                self._receive(parent, writing)
            finally:
                os._exit(0)
        os.close(writing)
        self._socket.close()

    def close(self):
        if self._receiver is None:
            return
        self._drain()
        os.kill(self._receiver, signal.SIGKILL)
        os.waitpid(self._receiver, 0)
        os.close(self._pipe)
        self._receiver = None

    def _receive(self, parent, writing):
        while os.getppid() == parent:
            try:
                data = self._socket.recv(1 << 18)
            except OSError:
                continue
            record = HEADER.pack(time.time(), len(data)) + data
            while record:
                record = record[os.write(writing, record):]

    def _drain(self):
        while self._receiver is not None:
            try:
                fresh = os.read(self._pipe, 1 << 20)
            except BlockingIOError:
                break
            if not fresh:
                break
            self._unread += fresh
        while len(self._unread) >= HEADER.size:
            moment, length = HEADER.unpack_from(self._unread)
            if len(self._unread) < HEADER.size + length:
                return
            self._raw.append((moment, self._unread[HEADER.size:HEADER.size + length]))
            self._unread = self._unread[HEADER.size + length:]

    def of(self, address):
        """The AddressEvents of one address, oldest first."""
        wanted = ipaddress.ip_address(address.split("/")[0])
        return [event for event in self.all() if event.address == wanted]

    def all(self):
        self._drain()
        return [event for moment, data in list(self._raw) for event in _parse(moment, data)]


def _parse(moment, data):
    while len(data) >= 16:
        length, kind = struct.unpack("=IH", data[:6])
        if length < 16:
            return
        if kind in (RTM_NEWADDR, RTM_DELADDR):
            attributes = dict(_attributes(data[24:length]))
            packed = attributes.get(IFA_LOCAL) or attributes.get(IFA_ADDRESS)
            if packed:
                yield AddressEvent(moment, kind == RTM_NEWADDR, ipaddress.ip_address(packed))
        data = data[(length + 3) & ~3:]


def _attributes(data):
    while len(data) >= 4:
        length, kind = struct.unpack("=HH", data[:4])
        if length < 4:
            return
        yield kind & 0x3fff, data[4:length]
        data = data[(length + 3) & ~3:]
