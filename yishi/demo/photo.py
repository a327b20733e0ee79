"""A photo for a meeting: a small PNG, another one each time."""

import struct
import zlib


def photo(number: int) -> bytes:
    """Give a 16 × 16 PNG whose pixels depend on the number. Source: PNG (ISO/IEC 15948)."""
    rows = b"".join(
        b"\x00" + bytes((number * 31 + x * 7 + y * 13 + c * 71) % 256 for x in range(16) for c in range(3))
        for y in range(16)
    )
    header = struct.pack(">IIBBBBB", 16, 16, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, data) for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
