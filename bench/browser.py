"""Benchmark of the browser's main thread per tick, and of the bytes of a first visit: part of ``make bench``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from playwright.sync_api import Browser, CDPSession, sync_playwright

from bench.opening import HAS_NUMBER, NO_CHROMIUM, find_chromium
from bench.record import describe_machine, format_table, write_record
from bench.server import SERVER_HOST, run_server

TICKS = 24
SETTLE_MS = 2_000
PAGES = {"fleet": "", "site": "site"}
"""Pages that tick, by name, and their paths."""
VISITED = PAGES | {"compare": "compare", "scenarios": "scenarios"}
DRAWING_MS = 500
"""Time after the last reply until its charts are drawn; the next one comes after a second."""
AWAIT_REPLIES = """([count, drawingMs]) => new Promise((resolve) => {
  const { dom } = dash_clientside, { writeReply } = dom;
  let replies = 0;
  dom.writeReply = (reply) => {
    replies += 1;
    if (replies === count) setTimeout(resolve, drawingMs);
    return writeReply(reply);
  };
})"""
"""Playwright's own waits ask in every frame: they would be part of what is measured."""


@dataclass(frozen=True)
class TickWork:
    """CPU time of the main thread per tick of a page of 1,000 vehicles that plays [ms]."""

    page: str
    ticks: int
    script_ms: float
    style_ms: float
    layout_ms: float
    task_ms: float


@dataclass(frozen=True)
class FirstVisit:
    """Bytes that a new browser profile receives until a page is at rest, and the number of its responses."""

    page: str
    sent_kb: float
    responses: int


def measure_tick_work(browser: Browser, address: str, page: str, *, ticks: int) -> TickWork:
    """Let a page play, and read the counters of Chromium before and after some ticks."""
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    tab = context.new_page()
    tab.goto(f"{address}{PAGES[page]}?lang=en")
    tab.wait_for_function(HAS_NUMBER)
    tab.wait_for_timeout(SETTLE_MS)
    session = context.new_cdp_session(tab)
    # The time that the thread has used: other processes do not count.
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = _read_counters(session)
    tab.evaluate(AWAIT_REPLIES, [ticks, DRAWING_MS])
    after = _read_counters(session)
    context.close()
    names = ("ScriptDuration", "RecalcStyleDuration", "LayoutDuration", "TaskDuration")
    return TickWork(page, ticks, *(round(1000.0 * (after[name] - before[name]) / ticks, 1) for name in names))


def measure_visit(browser: Browser, address: str, page: str) -> FirstVisit:
    """Open a page with an empty cache, and add up what the network brings."""
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    tab = context.new_page()
    session = context.new_cdp_session(tab)
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    session.send("Network.enable")
    tab.goto(f"{address}{VISITED[page]}?lang=en")
    tab.wait_for_timeout(2 * SETTLE_MS)
    context.close()
    return FirstVisit(page, round(sum(sizes) / 1000.0, 1), len(sizes))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark, print its tables, and write them as JSON if a file is named."""
    parser = argparse.ArgumentParser(prog="bench.browser", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smoke test: two ticks of each page")
    parser.add_argument("--ticks", type=int, default=TICKS)
    parser.add_argument("--json", type=Path, help="file for the results")
    options = parser.parse_args(arguments)
    machine, path = describe_machine(), find_chromium()
    works: list[TickWork] = []
    visits: list[FirstVisit] = []
    if path is None:
        print(NO_CHROMIUM)
    else:
        with run_server(1) as server, sync_playwright() as playwright:
            address = f"http://{SERVER_HOST}:{server.port}/"
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
            visits = [measure_visit(browser, address, page) for page in VISITED]
            ticks = 2 if options.quick else options.ticks
            works = [measure_tick_work(browser, address, page, ticks=ticks) for page in PAGES]
            browser.close()
        print(format_table(list(map(asdict, works))), format_table(list(map(asdict, visits))), sep="\n\n")
    rows = {"tick_works": list(map(asdict, works)), "first_visits": list(map(asdict, visits))}
    write_record({"machine": machine} | rows, options.json)


def _read_counters(session: CDPSession) -> dict[str, float]:
    metrics = session.send("Performance.getMetrics")["metrics"]
    return {metric["name"]: metric["value"] for metric in metrics}


if __name__ == "__main__":
    main()
