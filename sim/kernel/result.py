"""What a run has shown: a hash over every step, and whatever went wrong."""

import traceback
from dataclasses import dataclass, field
from types import TracebackType

OURS = "tradewind"


@dataclass(frozen=True)
class Crash:
    """A node that died of an exception of its own. `identity` stays the same while the shrinker works."""

    node: str
    incarnation: int
    at_ns: int
    error: str  # the exception's type
    where: str  # module:function of the innermost frame of ours, else of the innermost frame
    message: str
    trace: str = field(compare=False, repr=False)

    @property
    def identity(self) -> str:
        return f"{self.error}@{self.where}"


@dataclass(frozen=True)
class Finding:
    """Something that must not be. `name` is its identity: an invariant's name, or deadlock, time_limit, step_limit..."""

    name: str
    what: str


@dataclass(frozen=True)
class RunResult:
    """One run. Two runs of one seed agree in every field."""

    steps: int
    hash: str  # hex, over every scheduled step and every traced event
    now_ns: int  # virtual time at the end
    crashes: tuple[Crash, ...]
    findings: tuple[Finding, ...]
    trace: tuple[tuple[object, ...], ...] = field(repr=False)  # the last events, if the world was asked to keep them

    @property
    def clean(self) -> bool:
        return not self.crashes and not self.findings


def leaf(error: BaseException) -> BaseException:
    """The first plain exception in a group of groups."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _frames(trace: TracebackType | None) -> list[tuple[str, str]]:
    found = []
    while trace is not None:
        frame = trace.tb_frame
        found.append((str(frame.f_globals.get("__name__", "?")), frame.f_code.co_name))
        trace = trace.tb_next
    return found


def crash(node: str, incarnation: int, at_ns: int, error: BaseException) -> Crash:
    """Describe an exception so that the same bug gives the same identity in every run."""
    cause = leaf(error)
    frames = _frames(cause.__traceback__) or [("?", "?")]
    ours = [frame for frame in frames if frame[0].split(".")[0] == OURS]
    module, function = (ours or frames)[-1]
    text = "".join(traceback.format_exception(cause))
    return Crash(node, incarnation, at_ns, type(cause).__name__, f"{module}:{function}", str(cause), text)
