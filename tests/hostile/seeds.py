"""Where fuzzing begins: good inputs of each kind, made here; no file is kept."""

from tests.hostile.parsers import MESSAGES
from tests.messages.made import samples
from tradewind.messages.codec import VERSIONS, encode

ORDER = b'{"symbol":"BTCUSDT","side":"SELL","type":"LIMIT","price":"20000.5","quantity":1,"timeInForce":"GTC"}'
QUERY = b"symbol=BTCUSDT&side=SELL&type=LIMIT&price=20000.5&quantity=1%2e0&timestamp=1700000000000&recvWindow=5000"


def _messages() -> list[bytes]:
    made = samples().values()
    return [
        bytes([MESSAGES.index(type(one))]) + encode(one, version)
        for one in made
        for version in VERSIONS
        if type(one) in MESSAGES
    ]


def _frame(opcode: int, payload: bytes) -> bytes:
    return bytes([opcode, 0x80 | len(payload)]) + b"\1\2\3\4" + payload


SEEDS: dict[str, list[bytes]] = {
    "json_body": [ORDER, b'{"a":[[{"b":"\\ud83d\\ude00"}],null,true,-1],"c":"\\\\\\""}'],
    "form": [QUERY, b"a=%c3%a9&b=+&c="],
    "question": [bytes([number, 0]) + ORDER for number in range(0, 60, 7)] + [b"\0\1" + QUERY],
    "amount": [b"\x0820000.5", b"\0" + b"9" * 19, b"\x120.000000000000000001"],
    "native_signature": [b"key\0001700000000000\0n-1\0" + b"a" * 64 + b"\0/v1/order\0a=b\0{}"],
    "compatible_signature": [b"key\0" + QUERY + b"&signature=" + b"a" * 64, b"key\0\0" + QUERY + b"&signature=b"],
    "message": _messages(),
    "frames": [
        _frame(0x81, b'{"op":"ping"}') + _frame(0x89, b"p"),
        _frame(0x01, b"\xc3") + _frame(0x8A, b"") + _frame(0x80, b"\xa9") + _frame(0x88, b"\x03\xe8bye"),
        b"\x82\xfe\x00\x80\1\2\3\4" + b"x" * 128,
    ],
    "forwarded": [b"203.0.113.9, 10.0.0.1", b"::ffff:203.0.113.9", b"2001:db8::1, fe80::1%eth0"],
    "allow_list": [b"203.0.113.0/24, 2001:db8::/32"],
    "symbol_list": [b'["BTCUSDT","ETHUSDT"]', b'[ "A" , "B" ]'],
    "channel": [b"market.BTCUSDT.kline_1m", b"btcusdt@depth20@100ms"],
}
