"""Sends what sim.clients.hostile has, and looks at the answer: a refusal in plain words, from a server that goes on."""

import json
from functools import partial

from sim.clients.doors import Heard
from sim.clients.hostile import FRAMES, REQUESTS
from sim.clients.line import Line, heard_of
from sim.front import Credentials


async def harass(line: Line, who: Credentials, kind: str) -> Heard:
    """The refusal's code; FRAME_REFUSED for a frame. Anything that is no refusal is a finding."""
    if kind in FRAMES:
        return await _harass_socket(line, FRAMES[kind])
    asked = REQUESTS[kind]
    headers = asked.then(line.signature(who, asked.method, asked.target, asked.body))
    headers = [*headers, ("Content-Type", asked.content_type)]
    answer = await line.patiently(partial(line.http.request, asked.method, asked.target, headers, asked.body))
    if isinstance(answer, Heard):
        return answer
    if not 400 <= answer.status < 500 and answer.status != 503:
        line.cluster.kernel.report("A13 access", f"{kind} is answered with {answer.status}: {answer.body[:200]!r}")
    return heard_of(answer)


async def _harass_socket(line: Line, frame: str | bytes) -> Heard:
    """It is told so, and the connection is as good as before."""

    async def talk() -> list[str]:
        socket = await line.http.websocket("/ws")
        try:
            await socket.send(frame)
            await socket.send('{"op": "ping"}')
            return [json.loads(await socket.receive()).get("type") for _ in range(2)]
        finally:
            socket.close()

    said = await line.patiently(talk)
    if isinstance(said, Heard):
        return said
    if said != ["error", "pong"]:
        line.cluster.kernel.report("A13 access", f"{frame[:60]!r} and a ping are answered with {said}")
    return Heard("FRAME_REFUSED")
