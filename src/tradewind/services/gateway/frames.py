"""One message to many: encoded once in each form that somebody wants."""

from typing import Any, Protocol

from tradewind.services.gateway.call import encode_json

TEXT, FINAL = 0x1, 0x80
SHORT_MAX, TWO_BYTES = 125, 126
EIGHT_BYTES = 127


def wire(payload: bytes, opcode: int = TEXT) -> bytes:
    """A whole unmasked frame of a server (RFC 6455, 5.2)."""
    length = len(payload)
    if length <= SHORT_MAX:
        head = bytes((FINAL | opcode, length))
    elif length < 1 << 16:
        head = bytes((FINAL | opcode, TWO_BYTES)) + length.to_bytes(2)
    else:
        head = bytes((FINAL | opcode, EIGHT_BYTES)) + length.to_bytes(8)
    return head + payload


class Frame:
    """`body` is JSON. Nobody changes a frame once it is made."""

    __slots__ = ("_text", "_wire", "body")

    def __init__(self, body: bytes) -> None:
        self.body = body
        self._text: str | None = None
        self._wire: bytes | None = None

    @property
    def text(self) -> str:
        if self._text is None:
            self._text = self.body.decode()
        return self._text

    @property
    def wire(self) -> bytes:
        """As it goes over a socket."""
        if self._wire is None:
            self._wire = wire(self.body)
        return self._wire


def frame(shown: Any) -> Frame:
    return Frame(encode_json(shown))


class Outlet(Protocol):
    """The way to one peer. Neither call waits. A peer that does not keep up is told so and closed, whatever is offered then."""

    def offer(self, frame: Frame) -> None: ...

    def end(self, code: int, reason: str) -> None: ...
