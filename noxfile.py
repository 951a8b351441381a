"""The sessions behind `./x SESSION`: what CI runs is what everybody runs.

No session but `matrix` and `bench` makes an environment: `./x` has made it already, and `sys.executable` is its Python.
"""

import os
import sys
from pathlib import Path

import nox

nox.options.default_venv_backend = "none"
nox.options.sessions = ["tests"]
# Without this each Python that is missing here costs ten seconds of trying to download one.
os.environ.setdefault("UV_PYTHON_DOWNLOADS", "never")

ROOT = Path(__file__).resolve().parent
SOURCES = [name for name in ("src", "sim", "tests", "benchmarks", "noxfile.py", "x") if (ROOT / name).exists()]


def python(session: nox.Session, *words: str) -> None:
    session.run(sys.executable, "-m", *words, external=True)


def check_style(session: nox.Session) -> None:
    python(session, "ruff", "check", *SOURCES)
    python(session, "ruff", "format", "--check", *SOURCES)


@nox.session
def tests(session: nox.Session) -> None:
    """Style, types and every test: what CI runs."""
    check_style(session)
    python(session, "mypy")
    python(session, "pytest", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Style only."""
    check_style(session)


@nox.session
def types(session: nox.Session) -> None:
    """Strict types only."""
    python(session, "mypy", *session.posargs)


@nox.session
def unit(session: nox.Session) -> None:
    """Tests only; what follows goes to pytest."""
    python(session, "pytest", *session.posargs)


@nox.session
def scenarios(session: nox.Session) -> None:
    """Every scenario file, once each, in the simulator: those of bugs that still live (scenarios/found) fail."""
    python(session, "sim.cli", "scenarios", *session.posargs)


@nox.session
def campaign(session: nox.Session) -> None:
    """Seeds of drawn faults in the simulator: smoke, or what you say: ./x campaign --profile night --out FOLDER."""
    python(session, "sim.cli", "campaign", *session.posargs)


@nox.session
def crash_every_commit(session: nox.Session) -> None:
    """The simulator kills each machine at its first commit, its second, its third, before and after it stands."""
    python(session, "sim.cli", "crash-every-commit", *session.posargs)


@nox.session
def zoo(session: nox.Session) -> None:
    """Every planted bug must be caught by an auditor that should, in its budget of seeds, and shrink. Faster: --no-shrink"""
    python(session, "sim.cli", "zoo", "--shrink", *session.posargs)


@nox.session(venv_backend="uv|virtualenv", reuse_venv=True)
def bench(session: nox.Session) -> None:
    """What we measure, against whom, in an environment that has our peers too: ./x bench pipeline end_to_end"""
    session.install("--require-hashes", "-r", "requirements.lock")
    session.install("--no-deps", "--no-build-isolation", "-e", ".")
    session.install("-r", "benchmarks/requirements.txt")
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session
def flow(session: nox.Session) -> None:
    """Play a LOBSTER message file through the public API of a running exchange: ./x flow FILE."""
    python(session, "tradewind", "flow", *session.posargs)


@nox.session
def chaos(session: nox.Session) -> None:
    """The same while each service, Redis and PostgreSQL are killed in turn, on servers of its own: ./x chaos FILE."""
    python(session, "tests.chaos.kill_during_flow", *session.posargs)


@nox.session
def contracts(session: nox.Session) -> None:
    """The differential suites at length: 120 000 calls to real PostgreSQL and Redis, as many to their models."""
    calls = {"TRADEWIND_CONTRACT_CALLS": session.posargs[0]} if session.posargs else {}
    session.env.update(calls)
    python(session, "pytest", "-s", "tests/contracts/long_conversations.py")


@nox.session
def hostile(session: nox.Session) -> None:
    """Strangers at length: 20 000 of schemathesis' cases, drawn frames, every bit of a signed request, and atheris for the
    seconds that you say: ./x hostile 3600"""
    more = {"CASES": "23200", "EXAMPLES": "5000", "BITS": "all"}
    session.env.update({f"TRADEWIND_HOSTILE_{name}": value for name, value in more.items()})
    python(session, "pytest", "-s", "tests/hostile")
    python(session, "tests.hostile.fuzz", "all", session.posargs[0] if session.posargs else "600")


@nox.session
def incident(session: nox.Session) -> None:
    """A demo exchange under kills, exported as it trades, replayed bit for bit, held against another fee: ./x incident 10."""
    python(session, "tests.chaos.incident", *session.posargs)


@nox.session
def lock(session: nox.Session) -> None:
    """Resolve requirements.lock anew with uv (it must be on PATH); no address of a registry is written into it."""
    resolve = "uv pip compile pyproject.toml --group dev --extra embedded --universal --generate-hashes --no-header -q"
    session.run(*resolve.split(), "-o", "requirements.lock", *session.posargs, external=True)


@nox.session(python=["3.11", "3.12", "3.13"], venv_backend="uv|virtualenv")
def matrix(session: nox.Session) -> None:
    """The tests on every Python we support, each in an environment of its own from the same lock."""
    session.install("--require-hashes", "-r", "requirements.lock")
    session.install("--no-deps", "--no-build-isolation", "-e", ".")
    session.run("python", "-m", "pytest", *session.posargs)
