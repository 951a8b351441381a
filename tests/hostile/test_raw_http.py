"""Bytes that two readers could read differently: one request has one answer or none, and what hides in it is never served.

Together about 5 s. What a peer may do to a connection (slowness, resets, floods) stands in tests/adapters.
"""

import random

import pytest

from tests.hostile.siege import Siege, request

GET = request("GET", "/v1/ping")
HIDDEN = b"GET /v1/time HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /v1/ping HTTP/1.1\r\nHost: x\r\n"  # 405, whatever its body is
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n"

# Name -> (bytes, the statuses of all answers, with that to a last good request where one is still heard). Whoever serves HIDDEN
# gives one answer more.
FRAMINGS: dict[str, tuple[bytes, list[int]]] = {
    "a length and chunks": (CHUNKED + b"Content-Length: 6\r\n\r\n0\r\n\r\n" + HIDDEN, [400]),
    "chunks and a length": (POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n5c\r\n" + HIDDEN, [400]),
    "a length of all and chunks": (CHUNKED + b"Content-Length: 999\r\n\r\n0\r\n\r\n" + HIDDEN, [400]),
    "chunks in HTTP/1.0": (CHUNKED.replace(b"1.1", b"1.0") + b"\r\n0\r\n\r\n" + HIDDEN, [400]),
    "two lengths": (POST + b"Content-Length: 0\r\nContent-Length: 9\r\n\r\n" + HIDDEN, [400]),
    "two lengths in a list": (POST + b"Content-Length: 0, 9\r\n\r\n" + HIDDEN, [400]),
    "a length with a sign": (POST + b"Content-Length: +9\r\n\r\n" + HIDDEN, [400]),
    "a length in hex": (POST + b"Content-Length: 0x9\r\n\r\n" + HIDDEN, [400]),
    "a length in foreign digits": (POST + "Content-Length: ٩\r\n\r\n".encode() + HIDDEN, [400]),
    "a length of nothing": (POST + b"Content-Length:\r\n\r\n" + HIDDEN, [400]),
    "a length with a blank inside": (POST + b"Content-Length: 1 0\r\n\r\n" + HIDDEN, [400]),
    "a length that is too long": (POST + b"Content-Length: 99999999999999999999\r\n\r\n", [413]),
    "a length that is too long, announced": (
        POST + b"Content-Length: 1048577\r\nExpect: 100-continue\r\n\r\n", [413]),
    "another coding": (POST + b"Transfer-Encoding: gzip\r\n\r\n" + HIDDEN, [501]),
    "two codings": (POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + HIDDEN, [501]),
    "the coding twice": (CHUNKED + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN, [501]),
    "the coding and another": (CHUNKED + b"Transfer-Encoding: x\r\n\r\n0\r\n\r\n" + HIDDEN, [501]),
    "a blank before the colon": (POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + HIDDEN, [400]),
    "a tab before the coding": (POST + b"Transfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n", [405, 200]),
    "a vertical tab before the coding": (POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n" + HIDDEN, [400]),
    "a folded coding": (POST + b"X: y\r\n Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", [405, 200]),
    "a chunk with an extension": (CHUNKED + b"\r\n2;a=b;c\r\nab\r\n0\r\n\r\n", [405, 200]),
    "a chunk with a sign": (CHUNKED + b"\r\n+2\r\nab\r\n0\r\n\r\n" + HIDDEN, [400]),
    "a chunk of 0x2": (CHUNKED + b"\r\n0x2\r\nab\r\n0\r\n\r\n" + HIDDEN, [400]),
    "a chunk of 2_0": (CHUNKED + b"\r\n2_0\r\nab\r\n0\r\n\r\n" + HIDDEN, [400]),
    "a chunk of -1": (CHUNKED + b"\r\n-1\r\nab\r\n0\r\n\r\n" + HIDDEN, [400]),
    "a chunk that ends in a bare line feed": (CHUNKED + b"\r\n2\nab\r\n0\r\n\r\n" + HIDDEN, [400]),
    "a chunk longer than it says": (CHUNKED + b"\r\n2\r\nabc\r\n0\r\n\r\n" + HIDDEN, [400]),
    "a chunk without an end": (CHUNKED + b"\r\n2\r\nab0\r\n\r\n" + HIDDEN, [400]),
    "a chunk of 21 digits": (CHUNKED + b"\r\n" + b"0" * 20 + b"2\r\nab\r\n0\r\n\r\n" + HIDDEN, [400]),
    "trailers": (CHUNKED + b"\r\n0\r\nX-API-KEY: a\r\nContent-Length: 9\r\n\r\n", [405, 200]),
    "trailers that are none": (CHUNKED + b"\r\n0\r\nnonsense\r\n\r\n" + HIDDEN, [400]),
    "a NUL in a header": (b"GET /v1/ping HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n" + HIDDEN, [400]),
    "a carriage return in a header": (b"GET /v1/ping HTTP/1.1\r\nHost: x\r\nA: b\rC: d\r\n\r\n" + HIDDEN, [400]),
    "a header without a name": (b"GET /v1/ping HTTP/1.1\r\nHost: x\r\n: b\r\n\r\n" + HIDDEN, [400]),
    "a header without a colon": (b"GET /v1/ping HTTP/1.1\r\nHost: x\r\nabc\r\n\r\n" + HIDDEN, [400]),
    "a header that begins with a blank": (b"GET /v1/ping HTTP/1.1\r\n Host: x\r\n\r\n" + HIDDEN, [400]),
    "two blanks in the first line": (b"GET  /v1/ping HTTP/1.1\r\nHost: x\r\n\r\n" + HIDDEN, [400]),
    "a tab in the first line": (b"GET\t/v1/ping HTTP/1.1\r\nHost: x\r\n\r\n" + HIDDEN, [400]),
    "a blank behind the first line": (b"GET /v1/ping HTTP/1.1 \r\nHost: x\r\n\r\n" + HIDDEN, [400]),
    "a blank in the target": (b"GET /v1/ping ?a HTTP/1.1\r\nHost: x\r\n\r\n" + HIDDEN, [400]),
    "a target with a fragment": (request("GET", "/v1/ping#a"), [404, 200]),
    "a whole address": (request("GET", "http://x/v1/ping") + HIDDEN, [400]),
    "an asterisk": (request("OPTIONS", "*") + HIDDEN, [400]),
    "a host for a target": (request("CONNECT", "x:80") + HIDDEN, [400]),
    "no HTTP version": (b"GET /v1/ping\r\n\r\n" + HIDDEN, [400]),
    "HTTP/1.2": (GET.replace(b"1.1", b"1.2") + HIDDEN, [505]),
    "HTTP/2.0": (GET.replace(b"1.1", b"2.0") + HIDDEN, [505]),
    "http/1.1": (GET.replace(b"HTTP", b"http") + HIDDEN, [400]),
    "a method in small letters": (GET.replace(b"GET", b"get"), [400]),
    "a method of ours and more": (GET.replace(b"GET", b"GETS"), [405, 200]),
    "a method of marks": (GET.replace(b"GET", b"!#$%&'*+-.^_`|~"), [400]),
    "an expectation": (POST + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\nab", [100, 405, 200]),
    "an expectation that nobody knows": (POST + b"Content-Length: 2\r\nExpect: more\r\n\r\nab", [405, 200]),
    "a request in a body": (POST + b"Content-Length: %d\r\n\r\n" % len(HIDDEN) + HIDDEN, [405, 200]),
    "a body without a length": (POST + b"\r\nabc", [405, 400]),
    "three in one": (GET * 3, [200] * 4),
    "empty lines before a request": (b"\r\n\r\n" + GET, [400]),
    "nothing": (b"", [200]),
    "a head that does not end": (b"GET / HTTP/1.1\r\nHost: x\r\n", [400]),
    "a body that ends in the next request": (POST + b"Content-Length: 9\r\n\r\nabc", [405, 400]),
}  # fmt: skip


def test_one_request_has_one_meaning(siege: Siege) -> None:
    for name, (said, statuses) in FRAMINGS.items():
        heard = siege.say(said)
        assert [one.status for one in heard] == statuses, (name, heard)


def test_bytes_mean_the_same_however_they_are_cut(siege: Siege) -> None:
    """TCP may deliver in any pieces; so may the 100 requests of somebody who does not wait."""
    draw = random.Random(7)
    names = [name for name, (said, _) in FRAMINGS.items() if len(said) > 2]
    for name in draw.sample(names, 25):
        said, statuses = FRAMINGS[name]
        cuts = sorted(draw.sample(range(1, len(said)), min(6, len(said) - 1)))
        pieces = [said[start:end] for start, end in zip([0, *cuts], [*cuts, len(said)], strict=True)]
        assert [one.status for one in siege.say(*pieces)] == statuses, (name, cuts)
    assert [one.status for one in siege.say(GET * 100)] == [200] * 101


# Name -> (target, statuses that are right). What is not a path of ours is nowhere, however it is written.
TARGETS: dict[str, tuple[bytes, set[int]]] = {
    "two slashes": (b"//v1/ping", {400}),
    "two slashes inside": (b"/v1//ping", {404}),
    "a slash behind": (b"/v1/ping/", {404}),
    "a dot": (b"/v1/./ping", {404}),
    "up and down": (b"/v1/../v1/ping", {404}),
    "up and down, encoded": (b"/v1/%2e%2e/v1/ping", {404}),
    "to the operators": (b"/v1/../admin/status", {404}),
    "to the operators, encoded": (b"/v1/%2e%2e%2fadmin/status", {404}),
    "the operators'": (b"/admin/status", {404}),
    "a parameter of a path": (b"/v1/ping;a=1", {404}),
    "a NUL behind": (b"/v1/ping%00", {404}),
    "a line break behind": (b"/v1/ping%0a", {404}),
    "a line break and a header": (b"/v1/ping%0d%0aX-Evil:%201", {404}),
    "a letter, encoded": (b"/v1/%70ing", {200}),
    "a slash, encoded": (b"/v1%2fping", {200, 404}),
    "a letter, encoded twice": (b"/v1/%2570ing", {404}),
    "overlong UTF-8": (b"/v1/%c1%b0ing", {404}),
    "an overlong slash": (b"/v1%c0%afping", {404}),
    "no UTF-8": (b"/v1/%ff%fe", {404}),
    "half an escape": (b"/v1/ping%", {404}),
    "no hex": (b"/v1/ping%zz", {404}),
    "a surrogate": (b"/%ed%a0%80", {404}),
    "another width": (b"/v1/%ef%bd%90ing", {404}),
    "a backslash": (b"/v1\\ping", {404}),
    "braces": (b"/v1/{symbol}", {404}),
    "a percent sign only": (b"/%", {404}),
    "very deep": (b"/a" * 5_000, {404}),
    "a question mark": (b"/v1/ping?", {200}),
    "two question marks": (b"/v1/ping??", {400}),
    "a name without a value": (b"/v1/ping?a", {400}),
    "an empty pair": (b"/v1/ping?&&", {400}),
    "a pair without a name": (b"/v1/ping?=1", {400}),
    "a plus": (b"/v1/depth?symbol=BTC+USDT", {400}),
    "a percent sign": (b"/v1/depth?symbol=%", {400}),
    "a semicolon": (b"/v1/depth?symbol=BTCUSDT;limit=5", {400}),
    "a name twice": (b"/v1/depth?symbol=BTCUSDT&symbol=BTCUSDT", {400}),
    "a name twice, once encoded": (b"/v1/depth?symbol=BTCUSDT&%73ymbol=ETHUSDT", {400}),
    "a name in capitals": (b"/v1/depth?SYMBOL=BTCUSDT", {400}),
    "a list": (b"/v1/depth?symbol[]=BTCUSDT", {400}),
    "an encoded name": (b"/v1/depth?%73ymbol=BTCUSDT", {200}),
    "10 000 names": (b"/v1/ping?" + b"&".join(b"%d=" % number for number in range(1_500)), {400}),
    "a NUL": (b"/v1/depth?symbol=BTCUSDT%00", {400}),
    "overlong": (b"/v1/depth?symbol=%c1%82TCUSDT", {400}),
    "a surrogate in a value": (b"/v1/depth?symbol=%ed%a0%80", {400}),
    "a byte order mark": (b"/v1/depth?symbol=%ef%bb%bfBTCUSDT", {400}),
    "another query inside": (b"/v1/depth?symbol=BTCUSDT?limit=5", {400}),
    "SQL": (b"/v1/depth?symbol=%27%20OR%201=1--", {400}),
    "a huge limit": (b"/v1/depth?symbol=BTCUSDT&limit=" + b"9" * 5_000, {400}),
    "an exponent": (b"/v1/depth?symbol=BTCUSDT&limit=1e2", {400}),
    "the path into an error": (b"/v1/depth?symbol=$.symbols", {400}),
}  # fmt: skip


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_odd_targets(siege: Siege, method: str) -> None:
    for name, (target, right) in TARGETS.items():
        said = b"%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % (method.encode(), target)
        with siege.connect() as peer:
            peer.sendall(said)
            heard = b""
            while piece := peer.recv(65_536):
                heard += piece
        status = int(heard[9:12])
        assert status in right, (name, heard[:400])
        assert b"X-Evil" not in heard.partition(b"\r\n\r\n")[0]


LONG = b"a" * 64  # more than a label may have
HOSTS = [b"", b" ", b"\xff\xfe", b"[::1", b"[", b"[::1]:80", b"x:abc", b"x:99999999", LONG, b"..", b"xn--", b"x y", b"x/../y"]


def test_odd_hosts(siege: Siege) -> None:
    """No link is made from it, so any will do, on paths of ours and others, where the framework answers."""
    for host in HOSTS:
        for target in (b"/v1/ping", b"/nowhere", b"/ws"):
            heard, *_ = siege.say(b"GET %s HTTP/1.1\r\nHost: %s\r\n\r\n" % (target, host))
            assert heard.status in {200, 400, 404}, (host, target, heard)
