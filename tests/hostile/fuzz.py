"""Coverage-guided fuzzing of parsers.py, by atheris: `python -m tests.hostile.fuzz all SECONDS`, or one parser's name.

Each parser has a process of its own, because libFuzzer ends the process; its corpus grows from SEEDS and is thrown away. What
breaks one (an exception, ten seconds for one input, or half a gigabyte) is printed as a line to paste into test_parsers.py.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INPUT_S, MEMORY_MIB, INPUT_BYTES_MAX = 10, 512, 70_000
ONE = "one"


def fuzz(parser: str, *limit: str) -> str:
    """The line to paste, empty when nothing was found. `limit`: libFuzzer's, by time or count. Raises AssertionError when it
    did not run."""
    from tests.hostile.seeds import SEEDS  # noqa: PLC0415  # not in the process that instruments what it imports

    environ = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    with tempfile.TemporaryDirectory() as home:
        corpus = Path(home, "corpus")
        corpus.mkdir()
        for number, seed in enumerate(SEEDS.get(parser, ())):
            (corpus / str(number)).write_bytes(seed)
        bounds = [f"-timeout={INPUT_S}", f"-rss_limit_mb={MEMORY_MIB}", f"-max_len={INPUT_BYTES_MAX}"]
        command = [sys.executable, "-m", "tests.hostile.fuzz", ONE, parser, *limit, *bounds, f"-artifact_prefix={home}/"]
        ran = subprocess.run(
            [*command, str(corpus)], capture_output=True, text=True, errors="replace", check=False, cwd=ROOT, env=environ
        )
        broke = sorted(path for path in Path(home).iterdir() if path.is_file())
        if broke:
            return f'    ("{parser}", {broke[0].read_bytes()!r}),\n{ran.stderr[-2_000:]}'
        assert ran.returncode == 0 and "Done " in ran.stderr, ran.stderr[-2_000:]
        return ""


def _one(parser: str, options: list[str]) -> None:
    import atheris  # noqa: PLC0415  # only here: it instruments what is imported below it

    with atheris.instrument_imports(include=["tradewind", "json.decoder", "urllib.parse", "ipaddress"]):
        from tests.hostile.parsers import PARSERS  # noqa: PLC0415
    atheris.Setup([sys.argv[0], *options], PARSERS[parser])
    atheris.Fuzz()


def main(words: list[str]) -> int:
    if words[0] == ONE:
        _one(words[1], words[2:])
        return 0
    from tests.hostile.parsers import PARSERS  # noqa: PLC0415

    names = list(PARSERS) if words[0] == "all" else [words[0]]
    found = ""
    for name in names:
        said = fuzz(name, f"-max_total_time={max(1, int(words[1]) // len(names))}")
        print(f"{name}: {said or 'nothing'}", flush=True)
        found += said
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
