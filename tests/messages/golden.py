"""Golden bytes: `python -m tests.messages.golden` writes the files that are missing, and never touches one that is there.

A message that grew a field gets a second file, Name.2.hex, beside the first: all of them must be read for ever.
"""

from pathlib import Path
from typing import Any

from tests.messages.made import samples
from tradewind.messages.codec import encode

HOME = Path(__file__).parent.parent / "golden" / "v1"


def files(name: str) -> list[Path]:
    """Oldest first."""
    found = [path for path in HOME.glob(f"{name}.*hex") if path.name.split(".")[0] == name]
    return sorted(found, key=lambda path: int(path.name.split(".")[1]) if path.name.count(".") == 2 else 1)


def write(name: str, message: Any) -> Path | None:
    old = files(name)
    text = encode(message).hex() + "\n"
    if old and old[-1].read_text() == text:
        return None
    path = HOME / (f"{name}.{len(old) + 1}.hex" if old else f"{name}.hex")
    path.write_text(text)
    return path


if __name__ == "__main__":
    for name, message in samples().items():
        if path := write(name, message):
            print(path.relative_to(HOME.parent.parent))
