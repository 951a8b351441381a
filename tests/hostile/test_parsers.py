"""Every parser of strangers' bytes, a few hundred inputs each; `./x hostile` gives atheris minutes. About 20 s."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hostile.fuzz import fuzz
from tests.hostile.parsers import PARSERS
from tests.hostile.seeds import SEEDS

# (parser, what broke it).
FOUND: list[tuple[str, bytes]] = [
    ("json_body", b"[]" * 33 + b'"' + b'\\"' * 32_000),
    ("question", b'\x0c\0{"side":"$.side"}'),
    ("symbol_list", '[\u00a0"BTCUSDT"]'.encode()),
    ("symbol_list", b'[\x0b"BTCUSDT"]'),
    ("form", b"a=%"),
    ("compatible_signature", b"key\0\0timestamp=170000&signature=&signature=b"),
]
COUNTED = "-runs=3000"


@pytest.mark.parametrize(("parser", "given"), FOUND)
def test_what_was_found_stays_found(parser: str, given: bytes) -> None:
    PARSERS[parser](given)


@pytest.mark.parametrize("parser", PARSERS)
def test_good_inputs_and_their_neighbours(parser: str) -> None:
    """Every seed, cut short at every place, and with every byte changed."""
    for seed in SEEDS[parser]:
        PARSERS[parser](seed)
        for place in range(min(len(seed), 200)):
            PARSERS[parser](seed[:place])
            for byte in (0, seed[place] ^ 1, seed[place] ^ 128, 0xFF):
                PARSERS[parser](seed[:place] + bytes([byte]) + seed[place + 1 :])


@pytest.mark.parametrize("parser", PARSERS)
def test_any_bytes(parser: str) -> None:
    @settings(max_examples=100, deadline=None)
    @given(st.binary(max_size=300) | st.text(max_size=100).map(str.encode))
    def anything(drawn: bytes) -> None:
        PARSERS[parser](drawn)

    anything()


@pytest.mark.parametrize("parser", ["json_body", "frames", "message"])
def test_fuzzing_runs(parser: str) -> None:
    """atheris itself, for so many inputs: the long session is worth something only while this works."""
    assert fuzz(parser, COUNTED) == ""
