"""A real server, a real browser, and pages that fail their test on a console error or a foreign request."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from bench.opening import CHROMIUM
from ev2gym_dashboard.service.runtime.user_cache import find_user_cache
from tests.browser.dashboard import NO_TOUR, PAUSED, VIEWPORT, Dashboard, open_opener, open_tab, watch
from tests.browser.shared_tab import session_tab, shared

__all__ = ["session_tab", "shared"]

ROOT = Path(__file__).parents[2]
LIGHT_CHROMIUM = "chromium-headless-shell"
"""Chromium without a window, which needs a fifth less CPU time per page."""
PAGE_STATE = """() => ({
    status: document.querySelector("#status")?.textContent,
    page: JSON.stringify(window.dash_clientside.live?.page, (name, value) => (name === "texts" ? undefined : value)),
})"""
SERVE = [sys.executable, "-m", "gunicorn", "app:server"]
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--in-process-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Each new page would load hundreds of modules of Chromium's own address bar. The last of these switches counts,
    # so that the names before the last line repeat those that Playwright passes.
    (
        "--disable-features="
        "AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,HttpsUpgrades,"
        "HttpsFirstBalancedModeAutoEnable,LensOverlay,MediaRouter,PaintHolding,ThirdPartyStoragePartitioning,"
        "AvoidCorsURLLoaderRestartOnRedirect,OptimizationHints,NetworkTimeServiceQuerying,AimEnabled,PreconnectToSearch,"
        "WebUIOmniboxPopup,WebUIOmniboxFullPopup,WebUIOmniboxAimPopup,PreloadTopChromeWebUI,SpareRendererForSitePerProcess"
    ),
]


last_lines: deque[str] = deque(maxlen=60)
"""Of the logs of the servers: a test that fails by chance shows them, as it may not fail again."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and report.when == "call":
        report.sections += [("page", describe_page(item)), ("log of the server", "".join(last_lines))]
    return report


def describe_page(item: pytest.Item) -> str:
    """Return what the page of a test says and waits for."""
    dashboard = getattr(item, "funcargs", {}).get("dashboard")
    try:
        return str(dashboard.page.evaluate(PAGE_STATE)) if isinstance(dashboard, Dashboard) else "no page"
    except PlaywrightError as error:
        return f"no answer: {error}"


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server as users run it, in a process of its own."""
    with served(tmp_path_factory.mktemp("home")) as address:
        yield address


@contextmanager
def served(home: Path, **settings: str) -> Iterator[str]:
    """Run the server as users run it, on a free port."""
    usual = {
        "EV2GYM_DASHBOARD_PORT": "0",
        "EV2GYM_DASHBOARD_STATE": str(home / "state"),
        "HOME": str(home),
        # The compressed scripts, which a new home would compress again.
        "XDG_CACHE_HOME": str(find_user_cache().parent),
    }
    environment = os.environ | usual | settings
    process = subprocess.Popen(SERVE, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    lines = list(takewhile(lambda line: "Ready" not in line, process.stderr))
    drain = Thread(target=last_lines.extend, args=(process.stderr,), daemon=True)
    drain.start()
    try:
        listening = re.search(r"Listening at: (http://\S+)", "".join(lines))
        assert listening, "".join(lines)
        yield listening[1] + "/"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
        drain.join()
        process.stderr.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, (LIGHT_CHROMIUM, *CHROMIUM))), None)
    assert path, f"no Chromium on this machine: the browser tests need one (Debian: apt-get install {LIGHT_CHROMIUM})"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=OPTIONS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One profile for all tests, for its cache; a test leaves things in its tab, which is closed, or a cookie."""
    context = browser.new_context(viewport=VIEWPORT, reduced_motion="reduce", color_scheme="light", locale="fr-FR")
    context.add_init_script(NO_TOUR)
    yield context
    context.close()


# Over hundreds of pages, the process would keep a gigabyte.
@pytest.fixture(scope="module")
def opener(context: BrowserContext, address: str) -> Iterator[Page]:
    """A page that stays open: those that it opens run in its process, which has compiled the scripts."""
    page = open_opener(context, address)
    yield page
    page.close()


@pytest.fixture
def running(opener: Page, address: str) -> Iterator[Dashboard]:
    """A page as a newcomer meets it."""
    dashboard = watch(open_tab(opener), address)
    yield dashboard
    dashboard.page.close()
    opener.context.clear_cookies()
    assert dashboard.console == []
    assert dashboard.foreign == []


@pytest.fixture
def dashboard(request: pytest.FixtureRequest) -> Dashboard:
    """A page that stands at its first step, for the tests to step by hand."""
    is_shared = request.node.get_closest_marker("shared_tab")
    tab: Dashboard = request.getfixturevalue("shared" if is_shared else "paused")
    return tab


@pytest.fixture
def paused(running: Dashboard) -> Dashboard:
    running.page.add_init_script(PAUSED)
    return running


@pytest.fixture(scope="session")
def phone_opener(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, reduced_motion="reduce", locale="fr-FR"
    )
    context.add_init_script(PAUSED)
    yield open_opener(context, address)
    context.close()


@pytest.fixture
def phone(phone_opener: Page, address: str) -> Iterator[Dashboard]:
    dashboard = watch(open_tab(phone_opener), address)
    yield dashboard
    dashboard.page.close()
    phone_opener.context.clear_cookies()
    assert dashboard.console == []
