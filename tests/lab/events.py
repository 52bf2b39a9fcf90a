"""Addresses which come and go in a namespace, with the time of each, as rtnetlink tells them."""
import collections
import ipaddress
import socket
import struct
import threading
import time

RTM_NEWADDR, RTM_DELADDR = 20, 21
IFA_ADDRESS, IFA_LOCAL = 1, 2
GROUPS = 1 << 4 | 1 << 8  # RTMGRP_IPV4_IFADDR, RTMGRP_IPV6_IFADDR
SO_RCVBUFFORCE = 33

AddressEvent = collections.namedtuple("AddressEvent", "time added address")  # time: seconds of the wall clock


class AddressEvents:
    """A thread which only receives, so that the times are those of the arrival."""

    def __init__(self, namespace):
        with namespace.entered():
            self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
            self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20)
            self._socket.bind((0, GROUPS))
        self._socket.settimeout(0.2)
        self._raw, self._ending = [], False
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def close(self):
        self._ending = True
        self._thread.join()
        self._socket.close()

    def _work(self):
        while not self._ending:
            try:
                data = self._socket.recv(1 << 18)
            except OSError:
                continue
            self._raw.append((time.time(), data))

    def of(self, address):
        """The AddressEvents of one address, oldest first."""
        wanted = ipaddress.ip_address(address.split("/")[0])
        return [event for event in self.all() if event.address == wanted]

    def all(self):
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
