"""The report of a bundle in a browser that has no network."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser

from ev2gym_dashboard import Scenario, run_comparison, simulate
from ev2gym_dashboard.service.comparison.result import COMPARISON_KPIS
from ev2gym_dashboard.service.comparison.runner import list_variants
from ev2gym_dashboard.service.reports.bundle import write_comparison, write_run

SCENARIO = Scenario(fleet_size=40, days=0.5)


def drawn(browser: Browser, report: Path) -> tuple[int, str]:
    """Return how many traces a report draws, and its table; fails on any message and any request but for itself."""
    seen: list[str] = []
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.on("console", lambda message: seen.append(message.text))
    page.on("pageerror", lambda error: seen.append(str(error)))
    page.on("request", lambda request: seen.append(request.url) if request.url != report.as_uri() else None)
    page.goto(report.as_uri())
    page.wait_for_selector(".plot .main-svg")
    found = page.locator(".plot .scatterlayer .trace").count(), page.locator("table").first.inner_text()
    context.close()
    assert seen == []
    return found


def test_the_report_of_a_run_draws_its_figures_without_a_network(browser: Browser, tmp_path: Path) -> None:
    write_run(simulate(SCENARIO), tmp_path)
    assert drawn(browser, tmp_path / "report.html")[0] == 3 + 4 + 1


def test_the_report_of_a_comparison_marks_the_best_with_a_word(browser: Browser, tmp_path: Path) -> None:
    write_comparison(run_comparison(SCENARIO, seeds=2), tmp_path)
    n_traces, table = drawn(browser, tmp_path / "report.html")
    n_variants = len(list_variants(SCENARIO))
    assert n_traces == 2 * n_variants + 1
    assert "(best)" in table
    assert all(figure.label in table for figure in COMPARISON_KPIS.values())
