"""A real exchange, its gateway in a process of its own, and a client that says whatever bytes it is given."""

import json
import secrets
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.child import ExchangeChild
from tradewind.client.signing import signed_headers

PATIENCE_S = 30.0  # no test passes by waiting it out: silence for so long is a hang
GATEWAY = "gateway"
LAST = b"GET /v1/ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
COMPLAINT_LINES = 60
_HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True)
class Heard:
    status: int
    head: bytes
    body: bytes

    @property
    def code(self) -> str:
        """Of an error in our own words."""
        return str(json.loads(self.body)["code"])


def answers_in(heard: bytes) -> list[Heard]:
    """Every answer in what a server has said; none of ours is chunked."""
    found = []
    while heard:
        head, end, rest = heard.partition(_HEAD_END)
        assert end and head.startswith(b"HTTP/1.1 "), heard[:200]
        status = int(head[9:12])
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        found.append(Heard(status, head, rest[:length]))
        assert len(found[-1].body) == length, (status, length, rest[:100])
        heard = rest[length:]
    return found


class Siege:
    """`child` runs with --processes."""

    def __init__(self, child: ExchangeChild) -> None:
        self.child = child
        self.account = child.demo.accounts[0]
        self._log = child.home / "logs" / f"{GATEWAY}.log"
        self._read_to = 0

    # saying --------------------------------------------------------------------------------------------------------------

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.child.port), PATIENCE_S)

    def say(self, *pieces: bytes) -> list[Heard]:
        """All answers to `pieces` and to LAST behind them, to which the server may have stopped listening by then."""
        with self.connect() as peer:
            try:
                for piece in (*pieces, LAST):
                    peer.sendall(piece)
            except OSError:  # it has heard enough already, and may have said why
                pass
            return answers_in(everything(peer))

    def signed(self, method: str, target: str, body: bytes = b"", *more: bytes) -> bytes:
        """A request as the first demo account's program would send it."""
        path, _, query = target.partition("?")
        now_ms, nonce = time.time_ns() // 1_000_000, secrets.token_hex(12)
        signed = signed_headers(self.account["key"], self.account["secret"], now_ms, nonce, method, path, query, body)
        lines = [f"{name}: {value}".encode() for name, value in signed]
        return request(method, target, body, *lines, *more)

    def orders(self, symbol: str) -> int:
        """How many open orders the account has in a market where nobody else of these tests trades."""
        shown, _ = self.say(self.signed("GET", f"/v1/openOrders?symbol={symbol}"))
        return len(json.loads(shown.body))

    # what must be so afterwards ------------------------------------------------------------------------------------------

    def check(self) -> None:
        """Others are served, by the same process as before, and nothing has gone wrong that somebody would have to look at."""
        account, ping = self.say(self.signed("GET", "/v1/account"))
        assert (account.status, ping.status) == (200, 200), (account, ping)
        complaints = self.complaints()
        assert not complaints, complaints

    def complaints(self) -> list[str]:
        """What the gateway's log says since the last look of a fault of ours."""
        with self._log.open("rb") as log:
            log.seek(self._read_to)
            said = log.read()
        self._read_to += len(said)
        lines = said.decode(errors="replace").splitlines()
        first = next((number for number, line in enumerate(lines) if " ERROR " in line or "Traceback" in line), len(lines))
        return lines[first : first + COMPLAINT_LINES]

    def resident_kib(self) -> int:
        """What the gateway's process holds in memory."""
        pages = int(Path(f"/proc/{self.child.processes[GATEWAY]}/statm").read_text().split()[1])
        return pages * 4


def everything(peer: socket.socket) -> bytes:
    """Until the other side hangs up, which it must."""
    heard = b""
    try:
        while piece := peer.recv(65_536):
            heard += piece
    except ConnectionResetError:
        pass
    return heard


def request(method: str, target: str, body: bytes = b"", *lines: bytes) -> bytes:
    head = [f"{method} {target} HTTP/1.1".encode(), b"Host: x", *lines]
    if body:
        head.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(head) + _HEAD_END + body
