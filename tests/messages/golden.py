"""Golden bytes: `python -m tests.messages.golden` writes the files that are missing, and never touches one that is there.

A directory for each version of the codec. A message that grew a field gets a second file, Name.2.hex, beside the first: all of
them must be read for ever.
"""

from pathlib import Path
from typing import Any

from tests.messages.made import samples
from tradewind.messages.codec import VERSIONS, encode

ROOT = Path(__file__).parent.parent / "golden"


def home(version: int) -> Path:
    return ROOT / f"v{version}"


def files(name: str, version: int) -> list[Path]:
    """Oldest first."""
    found = [path for path in home(version).glob(f"{name}.*hex") if path.name.split(".")[0] == name]
    return sorted(found, key=lambda path: int(path.name.split(".")[1]) if path.name.count(".") == 2 else 1)


def write(name: str, message: Any, version: int) -> Path | None:
    old = files(name, version)
    text = encode(message, version).hex() + "\n"
    if old and old[-1].read_text() == text:
        return None
    path = home(version) / (f"{name}.{len(old) + 1}.hex" if old else f"{name}.hex")
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


if __name__ == "__main__":
    for version in VERSIONS:
        for name, message in samples().items():
            if path := write(name, message, version):
                print(path.relative_to(ROOT.parent))
