"""One seed of a mutant in several processes, each with its own PYTHONHASHSEED: their hashes must be one.

Two values missed a planted set iteration with even odds; four miss it once in eight times, so a leak gets several seeds.
"""

import os
import subprocess
import sys
from collections.abc import Sequence

HASH_SEEDS = ("0", "1", "2", "3")
WITHIN_S = 240.0  # of the machine's time, for each process


def of_processes(name: str, seed: int, hash_seeds: Sequence[str] = HASH_SEEDS) -> list[str]:
    """The hash that each process prints, two at a time. Raises CalledProcessError with what a process said when it failed."""
    found: list[str] = []
    for first in range(0, len(hash_seeds), 2):
        pair = [_process(name, seed, value) for value in hash_seeds[first : first + 2]]
        for process in pair:
            said, _ = process.communicate(timeout=WITHIN_S)
            if process.returncode:
                raise subprocess.CalledProcessError(process.returncode, process.args, said)
            found.append(said.split()[-1])
    return found


def _process(name: str, seed: int, hash_seed: str) -> "subprocess.Popen[str]":
    words = [sys.executable, "-m", "sim.zoo.hashes", name, str(seed)]
    surroundings = os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    return subprocess.Popen(words, env=surroundings, stdout=subprocess.PIPE, text=True)


def main(name: str, seed: int) -> None:
    """In such a process: one run of the mutant."""
    from sim.drawing import draw_plan  # noqa: PLC0415  (the keeper imports this module)
    from sim.run import run  # noqa: PLC0415
    from sim.zoo import keeper  # noqa: PLC0415

    animal = keeper.mutant(name)
    with animal.plant() as machines:
        print(run(draw_plan(seed, animal.PROFILE), seed, machines=machines).result.hash)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
