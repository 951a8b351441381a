"""Some hundreds of schemathesis' cases over the whole document; `./x hostile` has twenty thousand. About 30 s."""

import os
from collections import Counter

import requests

from tests.hostile import cases
from tests.hostile.siege import PATIENCE_S, Siege

CASES = int(os.environ.get("TRADEWIND_HOSTILE_CASES", "400"))
SEED = int(os.environ.get("TRADEWIND_HOSTILE_SEED", "1"))


def test_what_cancels_all_orders_answers_with_a_list(siege: Siege) -> None:
    """Found by the long session, where an order happened to be there."""
    [operation] = [one for one in cases.operations() if one.label == "DELETE /api/v3/openOrders"]
    signer, url = cases.Signer(siege.account), siege.child.public
    order = {"symbol": "BTCUSDT", "side": "SELL", "type": "LIMIT", "timeInForce": "GTC", "price": "70000", "quantity": "0.01"}
    assert requests.post(f"{url}/api/v3/order", data=order, auth=signer, timeout=PATIENCE_S).status_code == 200
    answer = requests.delete(f"{url}/api/v3/openOrders", params={"symbol": "BTCUSDT"}, auth=signer, timeout=PATIENCE_S)
    assert [one["status"] for one in answer.json()] == ["CANCELED"]
    assert cases.complaint(operation, answer) == ""


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
