"""Where jobs run: in a pool of processes here, or on a Dask cluster. Both give outcomes as they come."""

import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import active_children, get_context
from typing import Any

import msgspec

from sim.campaigns.jobs import Job, Outcome, Seed, mishap, perform

RUN_TIMEOUT_S = 300.0  # of the machine's time; a run takes a second or two
AHEAD = 4  # runs waiting per worker
CHUNK = 10  # seeds per task of a cluster: a new process takes as long as a few seeds
ATTEMPTS = 5  # of a task whose workers die


def local(jobs: Iterable[Job], workers: int) -> Iterator[list[Outcome]]:
    """Workers are spawned, so that none inherits this process's state; each answers in time or is a finding."""
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting: dict[Future[list[Outcome]], Job] = {}
        left = iter(jobs)
        while True:
            while len(waiting) < AHEAD * workers and (job := next(left, None)) is not None:
                waiting[pool.submit(perform, job)] = job
            if not waiting:
                return
            done, _ = wait(waiting, timeout=RUN_TIMEOUT_S, return_when=FIRST_COMPLETED)
            if not done:
                yield [mishap(job.name, "simulator hangs", f"no answer within {RUN_TIMEOUT_S} s") for job in waiting.values()]
                for child in active_children():
                    child.kill()
                return
            for future in done:
                del waiting[future]
                yield future.result()


def in_child(seeds: Sequence[tuple[str, int]], environment: dict[str, str] | None = None) -> list[Outcome]:
    """Run them in one new process, which dies with its pipe. `environment`: all of it, when it should differ from ours."""
    words = [sys.executable, "-m", "sim.campaigns.child"]
    asked = msgspec.json.encode(list(seeds))
    timeout_s = RUN_TIMEOUT_S * len(seeds)
    said = subprocess.run(words, input=asked, stdout=subprocess.PIPE, env=environment, timeout=timeout_s, check=True).stdout
    return [msgspec.json.decode(line, type=Outcome) for line in said.splitlines()]


def on_dask(seeds: Sequence[Seed], address: str, chunk: int = CHUNK) -> Iterator[list[Outcome]]:
    """On the cluster whose scheduler listens at `address`; its workers must have this version of tradewind installed.

    A worker's own threads must not meet a simulation's guards, so every chunk has a process of its own there. Work of a
    worker that dies is done by another.
    """
    import distributed  # noqa: PLC0415  (an extra: only who asks for a cluster needs it)

    chunks = [list(seeds[first : first + chunk]) for first in range(0, len(seeds), chunk)]
    untyped: Any = distributed
    with untyped.Client(address) as client:
        futures = client.map(in_child, [[tuple(seed) for seed in asked] for asked in chunks], pure=False, retries=ATTEMPTS)
        asked_of = {future.key: asked for future, asked in zip(futures, chunks, strict=True)}
        for future in untyped.as_completed(futures):
            try:
                yield future.result()
            except Exception as error:
                yield [mishap(seed.words, f"cluster {type(error).__name__}", str(error)) for seed in asked_of[future.key]]


Engine = Callable[[Sequence[Seed]], Iterator[list[Outcome]]]
