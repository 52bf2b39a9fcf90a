"""IPVS seen from outside: its table by getsockopt (one cheap call a look), and what is written to it by nlmon."""
import ctypes
import socket
import struct

GET_INFO, GET_SERVICE, GET_DESTS = 1153, 1155, 1156
SET_FLUSH = 1157
SERVICE_SIZE, DESTS_SIZE, DEST_SIZE = 104, 24, 96
NETLINK_GENERIC, GENL_ID_CTRL, NLM_F_REQUEST = 16, 16, 1
READS = (4, 8, 11, 13, 15)  # commands of the family which change nothing: services, destinations, daemons, config, info
ETH_P_ALL = 3
_libc = ctypes.CDLL(None, use_errno=True)


class Table:
    """The IPVS table of a node's namespace; IPv4 and TCP."""

    def __init__(self, node):
        with node.namespace.entered():
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)

    def _ask(self, option, request, size):
        buffer = ctypes.create_string_buffer(request, size)
        length = ctypes.c_uint32(size)
        if _libc.getsockopt(self._socket.fileno(), socket.IPPROTO_IP, option, buffer, ctypes.byref(length)) != 0:
            return None
        return buffer.raw

    def services(self):
        """How many services there are; None without ip_vs."""
        answer = self._ask(GET_INFO, b"", 12)
        return answer and struct.unpack_from("I", answer, 8)[0]

    def destinations(self, address, port=80):
        """How many destinations a service has; None when there is no such service."""
        answer = self._ask(GET_SERVICE, struct.pack("=HH4s2sHI", socket.IPPROTO_TCP, 0, socket.inet_aton(address), struct.pack("!H", port), 0, 0),
                           SERVICE_SIZE)
        return answer and struct.unpack_from("I", answer, 44)[0]

    def weights(self, address, port=80):
        """{address of a destination: its weight}"""
        count = self.destinations(address, port)
        if not count:
            return {}
        answer = self._ask(GET_DESTS, struct.pack("=HH4s2sHII", socket.IPPROTO_TCP, 0, socket.inet_aton(address), struct.pack("!H", port), 0, 0, count),
                           DESTS_SIZE + count * DEST_SIZE)
        return {socket.inet_ntoa(answer[at:at + 4]): struct.unpack_from("i", answer, at + 12)[0]
                for at in range(DESTS_SIZE, DESTS_SIZE + count * DEST_SIZE, DEST_SIZE)} if answer else {}

    def ends_with(self, shape):
        """Whether all services are there and the last of them is complete: one look while both makes fill from the first to
        the last. holds() tells whether that was all."""
        return self.services() == len(shape) and self.destinations(shape[-1][0]) == shape[-1][1]

    def holds(self, shape):
        """A condition that is cheap to ask again and again: what has been seen complete is not looked at again."""
        seen = 0

        def complete():
            nonlocal seen
            if self.services() != len(shape):
                return False
            while seen < len(shape) and self.destinations(shape[seen][0]) == shape[seen][1]:
                seen += 1
            return seen == len(shape)
        return complete

    def flush(self):
        self._socket.setsockopt(socket.IPPROTO_IP, SET_FLUSH, b"")

    def close(self):
        self._socket.close()


class Writes:
    """Watches nlmon0, which the node has had since before the daemon: a new interface would be a change of the host.
    Counts the datagrams by which anybody in the namespace changes something by generic netlink: a batch is one."""

    def __init__(self, node):
        with node.namespace.entered():
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
            self._socket.bind(("nlmon0", ETH_P_ALL))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self._socket.setblocking(False)

    def count(self):
        """Since the last call."""
        writes = 0
        while True:
            try:
                head, (_, protocol, *_) = self._socket.recvfrom(20)
            except BlockingIOError:
                return writes
            if protocol != NETLINK_GENERIC or len(head) < 20:
                continue
            family, flags, command = struct.unpack_from("=HH8xB", head, 4)
            writes += family > GENL_ID_CTRL and flags & NLM_F_REQUEST and command not in READS

    def close(self):
        self._socket.close()
