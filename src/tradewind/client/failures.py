"""How a call can fail: the exchange said no, nobody answered, or nobody knows."""

from typing import Any


class NoAnswer(Exception):
    """The connection failed, or nothing came in time. `sent`: the request may have been received and carried out."""

    def __init__(self, why: str, sent: bool) -> None:
        super().__init__(why)
        self.sent = sent


class ApiError(Exception):
    """The exchange said no: `status` and the body's `code`. Nothing happened, unless `unknown`."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(f"{status} {body.get('code')}: {body.get('message')}")
        self.status = status
        self.code = str(body.get("code", ""))
        self.body = body

    @property
    def unknown(self) -> bool:
        """It may have been done: ask by client order id."""
        return self.status == 504

    @property
    def retryable(self) -> bool:
        """Surely not done, and worth another try."""
        return bool(self.body.get("retryable"))


class OutcomeUnknown(Exception):
    """Nobody has told within our patience whether it was done. `asked_by` names what to ask for later."""

    def __init__(self, asked_by: dict[str, Any], doubt: Exception) -> None:
        super().__init__(f"{asked_by}: {doubt}")
        self.asked_by = asked_by
        self.doubt = doubt
