"""The packets of VRRP as values: what is on the wire, field by field (RFC 3768, RFC 9568; AH: RFC 2402)."""
import dataclasses
import ipaddress
import struct

VRRP = 112
AH = 51
GROUP4 = "224.0.0.18"
GROUP6 = "ff02::12"


@dataclasses.dataclass
class Advert:
    """One advertisement. Interval in centiseconds for both versions; auth: the 8 trailing bytes of version 2, or None."""
    source: str
    destination: str
    ttl: int
    tos: int
    ip_id: int
    version: int
    type: int
    vrid: int
    priority: int
    addresses: list
    auth_type: int
    interval: int
    checksum: int
    auth: bytes
    ah: bytes
    source_mac: str
    destination_mac: str
    ip_length: int
    checksum_ok: bool


def checksum(data):
    """The Internet checksum (RFC 1071)."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def mac(data):
    return ":".join(f"{byte:02x}" for byte in data)


def parse_advert(frame):
    """An Advert, or None if the frame is something else or too short to be one."""
    if len(frame) < 14 + 28:
        return None
    ethertype = struct.unpack("!H", frame[12:14])[0]
    if ethertype == 0x0800:
        return _parse4(frame)
    if ethertype == 0x86dd:
        return _parse6(frame)
    return None


def _parse4(frame):
    header_length = (frame[14] & 15) * 4
    length = struct.unpack("!H", frame[16:18])[0]
    protocol = frame[23]
    body = frame[14 + header_length:14 + length]
    ah = b""
    if protocol == AH:
        ah, body, protocol = body[:24], body[24:], body[0]
    if protocol != VRRP or len(body) < 8:
        return None
    source, destination = frame[26:30], frame[30:34]
    pseudo = source + destination + struct.pack("!BBH", 0, VRRP, len(body)) if body[0] >> 4 == 3 else b""
    return _advert(frame, body, 4, ah, ipaddress.IPv4Address(source), ipaddress.IPv4Address(destination),
                   ttl=frame[22], tos=frame[15], ip_id=struct.unpack("!H", frame[18:20])[0], length=length,
                   checksum_ok=checksum(pseudo + body) == 0)


def _parse6(frame):
    length = struct.unpack("!H", frame[18:20])[0]
    if frame[20] != VRRP:
        return None
    body = frame[54:54 + length]
    source, destination = frame[22:38], frame[38:54]
    pseudo = source + destination + struct.pack("!II", len(body), VRRP)
    return _advert(frame, body, 16, b"", ipaddress.IPv6Address(source), ipaddress.IPv6Address(destination),
                   ttl=frame[21], tos=(frame[14] & 15) << 4 | frame[15] >> 4, ip_id=0, length=length,
                   checksum_ok=checksum(pseudo + body) == 0)


def _advert(frame, body, size, ah, source, destination, ttl, tos, ip_id, length, checksum_ok):
    version, count = body[0] >> 4, body[3]
    family = ipaddress.IPv4Address if size == 4 else ipaddress.IPv6Address
    addresses = [str(family(body[8 + n * size:8 + (n + 1) * size])) for n in range(count) if len(body) >= 8 + (n + 1) * size]
    if version == 2:
        auth_type, interval = body[4], body[5] * 100
    else:
        auth_type, interval = 0, struct.unpack("!H", body[4:6])[0] & 0xfff
    return Advert(str(source), str(destination), ttl, tos, ip_id, version, body[0] & 15, body[1], body[2], addresses,
                  auth_type, interval, struct.unpack("!H", body[6:8])[0], body[8 + count * size:], ah,
                  mac(frame[6:12]), mac(frame[0:6]), length, checksum_ok)


def adverts(capture, vrid=None, source=None, outgoing=None):
    """[(time, Advert)] of what a capture has seen."""
    found = []
    for packet in capture.packets():
        if outgoing is not None and packet.outgoing != outgoing:
            continue
        advert = parse_advert(packet.data)
        if advert and (vrid is None or advert.vrid == vrid) and (source is None or advert.source == source):
            found.append((packet.time, advert))
    return found


def build_advert(source, vrid=51, priority=100, addresses=("10.0.0.100",), version=2, interval=100, destination=GROUP4,
                 ttl=255, kind=1, auth_type=0, auth=bytes(8), count=None, wrong_checksum=False, trailing=b"", cut=0,
                 source_mac="02:00:00:00:00:63"):
    """An Ethernet frame with one IPv4 advertisement; every argument away from its default makes one thing wrong."""
    packed = b"".join(ipaddress.ip_address(address).packed for address in addresses)
    count = len(addresses) if count is None else count
    first = version << 4 | kind
    if version == 3:
        head = struct.pack("!BBBBH", first, vrid, priority, count, interval)
        tail = packed
    else:
        head = struct.pack("!BBBBBB", first, vrid, priority, count, auth_type, interval // 100)
        tail = packed + auth
    from4, to4 = ipaddress.IPv4Address(source).packed, ipaddress.IPv4Address(destination).packed
    body_length = len(head) + 2 + len(tail)
    pseudo = from4 + to4 + struct.pack("!BBH", 0, VRRP, body_length) if version == 3 else b""
    total = checksum(pseudo + head + b"\0\0" + tail) ^ (0x5555 if wrong_checksum else 0)
    body = head + struct.pack("!H", total) + tail + trailing
    body = body[:len(body) - cut]
    ip = struct.pack("!BBHHHBBH", 0x45, 0xc0, 20 + len(body), 1, 0, ttl, VRRP, 0) + from4 + to4
    ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
    to_mac = bytes.fromhex("01005e000012") if destination == GROUP4 else b"\xff" * 6
    return to_mac + bytes.fromhex(source_mac.replace(":", "")) + b"\x08\x00" + ip + body


def with_ah(frame, key, sequence, spi=None, wrong_code=False):
    """The advertisement of build_advert (auth_type=2) behind an authentication header, as auth_type AH sends it."""
    import hashlib
    import hmac
    ip, body = bytearray(frame[14:34]), frame[34:]
    ip[2:4] = struct.pack("!H", 20 + 24 + len(body))
    ip[9] = AH
    ip[10:12] = b"\0\0"
    header = struct.pack("!BBH4sI", VRRP, 4, 0, ipaddress.IPv4Address(spi).packed if spi else bytes(ip[12:16]), sequence)
    covered = bytearray(ip)
    covered[1] = 0
    if ip[16] < 224:
        covered[8] = 0
    code = hmac.new(key.encode().ljust(8, b"\0")[:8], bytes(covered) + header + bytes(12) + body, hashlib.md5).digest()[:12]
    if wrong_code:
        code = bytes(byte ^ 0x55 for byte in code)
    ip[10:12] = struct.pack("!H", checksum(bytes(ip)))
    return frame[:14] + bytes(ip) + header + code + body


@dataclasses.dataclass
class Arp:
    source_mac: str
    destination_mac: str
    operation: int
    sender_mac: str
    sender: str
    target_mac: str
    target: str


def parse_arp(frame):
    if len(frame) < 42 or frame[12:14] != b"\x08\x06":
        return None
    return Arp(mac(frame[6:12]), mac(frame[0:6]), struct.unpack("!H", frame[20:22])[0], mac(frame[22:28]),
               str(ipaddress.IPv4Address(frame[28:32])), mac(frame[32:38]), str(ipaddress.IPv4Address(frame[38:42])))


def gratuitous_arps(capture, address=None, outgoing=None):
    """[(time, Arp)] of the announcements of an address."""
    found = []
    for packet in capture.packets():
        if outgoing is not None and packet.outgoing != outgoing:
            continue
        arp = parse_arp(packet.data)
        if arp and arp.sender == arp.target and (address is None or arp.sender == address):
            found.append((packet.time, arp))
    return found


@dataclasses.dataclass
class NeighbourAdvertisement:
    source: str
    destination: str
    hop_limit: int
    flags: int
    target: str
    option: bytes


def parse_neighbour_advertisement(frame):
    if len(frame) < 78 or frame[12:14] != b"\x86\xdd" or frame[20] != 58 or frame[54] != 136:
        return None
    return NeighbourAdvertisement(str(ipaddress.IPv6Address(frame[22:38])), str(ipaddress.IPv6Address(frame[38:54])),
                                  frame[21], frame[58], str(ipaddress.IPv6Address(frame[62:78])), frame[78:])


def neighbour_advertisements(capture, target=None):
    found = [(packet.time, parse_neighbour_advertisement(packet.data)) for packet in capture.packets()]
    return [(time, one) for time, one in found if one and (target is None or one.target == target)]


def ah_is_right(frame, key):
    """Is the ICV of an AH advertisement the one of this key? The IPv4 TTL counts as sent for multicast, as 0 for unicast."""
    import hashlib
    import hmac
    multicast = frame[30] >= 224
    ip = bytearray(frame[14:34])
    ip[1] = 0
    ip[6:8] = ip[10:12] = b"\0\0"
    if not multicast:
        ip[8] = 0
    length = struct.unpack("!H", frame[16:18])[0]
    ah, body = frame[34:58], frame[58:14 + length]
    digest = hmac.new(key.encode().ljust(8, b"\0")[:8], bytes(ip) + ah[:12] + bytes(12) + body, hashlib.md5).digest()
    return digest[:12] == ah[12:24]
