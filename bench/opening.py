"""Benchmark of the page in a browser, from opening it to its first moving number: part of ``make bench``."""

from __future__ import annotations

import argparse
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from bench.record import describe_machine, format_table, write_record
from bench.server import SERVER_HOST, run_server
from ev2gym_dashboard.web import ids

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chromium-headless-shell")
"""Programs by preference: the browser that people use comes before the one without a window."""
NO_CHROMIUM = "The page was not opened: no Chromium on this machine (Debian: apt-get install chromium)"
ROUNDS = 5
HAS_NUMBER = f"() => /\\d/.test(document.getElementById('{ids.CLOCK}')?.textContent ?? '')"
SEEN_CLOCKS = f"[...document.querySelectorAll('first-sight .clock, #{ids.CLOCK}')].filter((e) => e.checkVisibility())"
"""The clock that is seen: that of the first sight, which covers the page, else that of the page."""
NUMBER = f"{SEEN_CLOCKS}.map((e) => e.textContent).findLast((text) => /\\d/.test(text))"
READ_NUMBER = f"() => {NUMBER}"
HAS_MOVED = f"first => ![undefined, first].includes({NUMBER})"


@dataclass(frozen=True)
class OpeningTiming:
    """Median times from opening the page in a new browser profile: to the first number in sight, and until it changes.

    The first number is that of the first sight, which covers the page until that has the reply.
    """

    rounds: int
    first_s: float
    moving_s: float


def find_chromium() -> str | None:
    """Return the path of Chromium; None without one."""
    return next(filter(None, map(shutil.which, CHROMIUM)), None)


def measure_opening(*, rounds: int = ROUNDS) -> OpeningTiming | None:
    """Time the page, which plays by itself; None without Chromium."""
    path = find_chromium()
    if path is None:
        return None
    with run_server(1) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        address = f"http://{SERVER_HOST}:{server.port}/"
        # The first visit warms the server up.
        timings = [_time_opening(browser, address) for _ in range(1 + rounds)][1:]
        browser.close()
    first_s, moving_s = (sorted(seconds)[rounds // 2] for seconds in zip(*timings, strict=True))
    return OpeningTiming(rounds, round(first_s, 3), round(moving_s, 3))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark, print its table, and write it as JSON if a file is named."""
    parser = argparse.ArgumentParser(prog="bench.opening", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smoke test: one visit")
    parser.add_argument("--json", type=Path, help="file for the results")
    options = parser.parse_args(arguments)
    machine, timing = describe_machine(), measure_opening(rounds=1 if options.quick else ROUNDS)
    rows = [] if timing is None else [asdict(timing)]
    print(format_table(rows) if rows else NO_CHROMIUM)
    write_record({"machine": machine, "openings": rows}, options.json)


def _time_opening(browser: Browser, address: str) -> tuple[float, float]:
    # A new profile: nothing is in the cache of the browser.
    context = browser.new_context()
    page = context.new_page()
    start_s = time.perf_counter()
    page.goto(address, wait_until="commit")
    # The number is that of the frame: asked for afterwards, it might have moved.
    first = page.wait_for_function(READ_NUMBER, polling="raf").json_value()
    first_s = time.perf_counter() - start_s
    page.wait_for_function(HAS_MOVED, arg=first, polling="raf")
    moving_s = time.perf_counter() - start_s
    context.close()
    return first_s, moving_s


if __name__ == "__main__":
    main()
