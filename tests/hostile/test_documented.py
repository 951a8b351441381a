"""Some hundreds of schemathesis' cases over the whole document; `./x hostile` has twenty thousand. About 30 s."""

import os
from collections import Counter

from tests.hostile import cases
from tests.hostile.siege import Siege

CASES = int(os.environ.get("TRADEWIND_HOSTILE_CASES", "400"))
SEED = int(os.environ.get("TRADEWIND_HOSTILE_SEED", "1"))


def test_the_document_holds_whatever_is_asked(siege: Siege) -> None:
    """No 5xx, no hang, no status, header or shape that the document has not; and the other clients never notice."""
    operations = cases.operations()
    assert len(operations) > 40
    seen: Counter[int] = Counter()
    each = max(1, CASES // (2 * len(operations)))
    wrong = []
    for number, operation in enumerate(operations):
        try:
            cases.try_operation(siege, operation, each, SEED * 1_000 + number, seen)
        except (AssertionError, ExceptionGroup) as failure:
            inner = (
                failure.exceptions if isinstance(failure, ExceptionGroup) else ()
            )  # what depends on orders may not come again
            wrong.append(f"{operation.method.upper()} {operation.path}: {failure} {inner}")
    print(dict(seen))
    assert not wrong, "\n\n".join(wrong)
    assert seen.total() >= CASES // 2 and {200, 400} <= seen.keys(), seen
