"""The other end of --against: the version of tradewind that stands first on its path, on the inputs that it is given.

It runs as a script in a process of its own and imports nothing of the simulator, so two versions never meet in one process. It
leans on little: MACHINES, Topology, decode and encode, and what a machine is. Frames on stdin and stdout: a length of four
bytes, then msgpack. In: ["shard", name, clearing, matching, rows by table] or ["entries", [[seq, at, command?, input], ...]].
Out: for a shard [where the package is, version, error], for entries [[output, error], ...].
"""

import sys
from typing import Any, BinaryIO, NamedTuple

import msgspec

import tradewind
from tradewind.machines import MACHINES
from tradewind.messages.codec import Output, decode, encode
from tradewind.messages.commands import Envelope
from tradewind.messages.events import Entry
from tradewind.messages.topology import Topology


class At(NamedTuple):
    seq: int
    now: int


def take(file: BinaryIO) -> Any:
    """None at the end."""
    size = int.from_bytes(file.read(4), "big")
    return msgspec.msgpack.decode(file.read(size)) if size else None


def give(file: BinaryIO, message: Any) -> None:
    body = msgspec.msgpack.encode(message)
    file.write(len(body).to_bytes(4, "big") + body)
    file.flush()


def begin(name: str, clearing: int, matching: int, rows: dict[str, list[dict[str, Any]]]) -> Any:
    service, _, index = name.partition("/")
    make: Any = MACHINES[service]
    machine = make(int(index), Topology(clearing, matching))
    tables = [table for table in make.tables if not table.append]
    machine.load({table: [msgspec.convert(row, table.record) for row in rows.get(table.name, ())] for table in tables})
    return machine


def hear(machine: Any, seq: int, at: int, command: bool, given: bytes) -> bytes:
    item: Any = decode(Envelope, given).body if command else decode(Entry, given)
    outcome = machine.apply(item, At(seq, at))
    machine.changes()  # nobody keeps them; not to collect them would
    return encode(Output(tuple(outcome.events), outcome.reply))


def heard(machine: Any, entries: list[list[Any]]) -> list[tuple[bytes, str]]:
    """As many as it survives, and what it died of."""
    came: list[tuple[bytes, str]] = []
    for entry in entries:
        try:
            came.append((hear(machine, *entry), ""))
        except Exception as death:  # whatever it dies of is the difference that we are asked for
            return [*came, (b"", f"{type(death).__name__}: {str(death)[:300]}")]
    return came


def main() -> None:
    incoming, outgoing = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # frames only
    machine: Any = None
    while (message := take(incoming)) is not None:
        if message[0] == "shard":
            try:
                machine, error = begin(*message[1:]), ""
            except Exception as refusal:  # a version that cannot take up these rows says so
                machine, error = None, f"{type(refusal).__name__}: {str(refusal)[:300]}"
            give(outgoing, [tradewind.__file__, tradewind.__version__, error])
        else:
            give(outgoing, heard(machine, message[1]))


if __name__ == "__main__":
    main()
