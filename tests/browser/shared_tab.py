"""A tab that tests share: a reset of the run brings it back to its first step, which costs less than a page load."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext

from ev2gym_dashboard.web import ids
from tests.browser.dashboard import PAUSED, VIEWPORT, Dashboard, watch

LEAVE_NO_TRACE = "() => { scrollTo(0, 0); document.activeElement.blur(); }"


class SharedTab(Dashboard):
    """The page in the tab of the tests before, for those that are marked with `shared_tab`.

    They may leave steps, a strategy and the V2G switch; after another scenario or address, or a fault, the page is
    loaded anew. A sort, a draft or an open fold would stay.
    """

    opened: str = ""
    first_run: dict[str, Any]

    def open(self, search: str = "?lang=fr") -> Dashboard:
        self.page.unroute_all(behavior="ignoreErrors")
        self.page.emulate_media(color_scheme="light", reduced_motion="reduce")
        self.page.set_viewport_size(VIEWPORT)
        self.page.mouse.move(0, 0)
        if self.page.url != self.address + search or self.opened != search or not self._begin_as_first():
            self._load(search)
        return self

    def _load(self, search: str) -> None:
        self.page.goto(f"{self.address}healthz")
        self.page.evaluate("sessionStorage.clear()")
        super().open(search)
        self.opened, self.first_run = search, self.answered_run()

    def _begin_as_first(self) -> bool:
        first = self.first_run["scenario"]
        self.page.keyboard.press("Escape")
        self.at(ids.STRATEGY).select_option(first["strategy"])
        self.at(ids.V2G).set_checked(first["v2g"])
        self.begin_again()
        self.page.evaluate(LEAVE_NO_TRACE)
        run = self.answered_run()
        return bool(run["scenario"] == first and not run["changes"])


@pytest.fixture(scope="session")
def session_tab(context: BrowserContext, address: str) -> SharedTab:
    page = context.new_page()
    page.add_init_script(PAUSED)
    watched = watch(page, address)
    return SharedTab(page, address, watched.console, watched.foreign)


@pytest.fixture
def shared(session_tab: SharedTab, request: pytest.FixtureRequest) -> Iterator[Dashboard]:
    """A page at its first step, as `dashboard`, in the tab of the tests before."""
    failed_before = request.session.testsfailed
    yield session_tab
    heard = [*session_tab.console, *session_tab.foreign]
    session_tab.console.clear()
    session_tab.foreign.clear()
    if heard or request.session.testsfailed > failed_before:
        session_tab.opened = ""
    assert heard == []
