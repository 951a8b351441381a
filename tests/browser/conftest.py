"""A real browser without a window: Chromium as the machine has it, driven by playwright."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trio_asyncio
from playwright.sync_api import Browser, Page, sync_playwright

assert trio_asyncio.__name__  # imported here, so that these tests meet it even when they run alone
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL = "apt-get install --no-install-recommends chromium fonts-dejavu-core"
Open = Callable[..., Page]
FOUND = next((path for name in NAMES if (path := shutil.which(name))), None)
collect_ignore_glob = [] if FOUND else ["test_*.py"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if FOUND is None:
        terminalreporter.write_line(f"NOT RUN: tests/browser, for want of Chromium: {INSTALL}", yellow=True)


@pytest.fixture(scope="module")  # as long as it stands, an event loop runs in this thread, and trio will not
def browser() -> Iterator[Browser]:
    assert FOUND is not None
    with pytest.MonkeyPatch.context() as patch:
        # playwright needs a loop of its own kind; whoever imports trio-asyncio makes asyncio's factory give one of trio's.
        patch.setattr(asyncio, "new_event_loop", asyncio.SelectorEventLoop)
        starting = sync_playwright()
        playwright = starting.__enter__()
    try:
        # Root may not have a sandbox of its own; the pages are ours.
        browser = playwright.chromium.launch(executable_path=FOUND, args=["--no-sandbox"])
        yield browser
        browser.close()
    finally:
        starting.__exit__(None, None, None)


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Shows a page from a file, as people do. Fails afterwards if it has complained or asked the network for anything."""
    complaints: list[str] = []

    def open_page(html: str, **more: Any) -> Page:
        path = tmp_path / "report.html"
        path.write_text(html, encoding="utf-8")
        page = browser.new_page(viewport={"width": 1400, "height": 850}, **more)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("request", lambda request: None if request.url.startswith("file:") else complaints.append(request.url))
        page.goto(path.as_uri())
        page.wait_for_selector("body[data-ready]")
        return page

    yield open_page
    for context in browser.contexts:
        context.close()
    assert complaints == []
