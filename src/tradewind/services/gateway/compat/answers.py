"""What compatible calls answer, for documents. Binance describes the fields; here they are not described again."""

from typing import Any

Shown = dict[str, Any]
Listed = list[dict[str, Any]]
