"""Packets with the kernel's time stamps. The kernel's buffer holds them until somebody asks, so no thread is needed."""
import collections
import socket
import struct

ETH_P_ALL = 3
SO_RCVBUFFORCE = 33
SO_TIMESTAMPNS = 35
SOL_PACKET = 263
PACKET_STATISTICS = 6
PACKET_OUTGOING = 4
_DRAINED = (BlockingIOError, InterruptedError)

Packet = collections.namedtuple("Packet", "time interface outgoing data")  # time: seconds of the wall clock


class Capture:
    """All frames of one interface, both directions; or, with entering="port", every frame that enters an interface of
    the namespace whose name starts so."""

    def __init__(self, namespace, interface=None, entering=None, buffer=64 << 20):
        with namespace.entered():
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL) if entering else 0)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, buffer)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._socket.setblocking(False)
        self._entering = entering
        self._packets = []
        # Bound last: nothing arrives before the buffer is large.
        if interface:
            with namespace.entered():
                self._socket.bind((interface, ETH_P_ALL))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._socket.close()

    def fileno(self):
        return self._socket.fileno()

    def _drain(self):
        while True:
            try:
                data, control, _, address = self._socket.recvmsg(65536, 64)
            except _DRAINED:
                return
            outgoing = address[2] == PACKET_OUTGOING
            if self._entering and (outgoing or not address[0].startswith(self._entering)):
                continue
            seconds, nanoseconds = struct.unpack("qq", control[0][2][:16]) if control else (0, 0)
            self._packets.append(Packet(seconds + nanoseconds / 1e9, address[0], outgoing, data))

    def packets(self, matching=None):
        """Everything so far, oldest first; matching(data) selects."""
        self._drain()
        return [packet for packet in self._packets if matching is None or matching(packet.data)]

    def forget(self):
        self._drain()
        self._packets.clear()

    def dropped(self):
        """Packets which the buffer could not hold, since the last call."""
        return struct.unpack("II", self._socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))[1]
