"""A year of quarters of an hour in the browser: ticks stay small, a lost file is sent again, no loss costs the run."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from playwright.sync_api import Request, expect

from ev2gym_dashboard.core.profile import make_profile
from ev2gym_dashboard.service.scenarios.contents import compute_digest, encode_content
from ev2gym_dashboard.web import ids
from tests.browser.dashboard import Dashboard, asked
from tests.browser.test_site import LOAD, answer_file_dialogs, choose_by_keyboard, confirm_file
from tests.web.requests.test_uploads import days

UNKNOWN = "0" * 64
DAY = "\n".join(["time;kW", *(f"{hour:02d}:00;{hour}" for hour in range(24))])
LOSE_FILE = f"""digest => {{
  const run = JSON.parse(sessionStorage.getItem("{ids.RUN}"));
  run.scenario.{LOAD} = {{sha256: digest}};
  sessionStorage.setItem("{ids.RUN}", JSON.stringify(run));
}}"""
SET_DIGEST = f"digest => window.dash_clientside.live.page.run.scenario.{LOAD} = {{sha256: digest}}"


def test_a_year_of_quarters_travels_once_and_comes_back(dashboard: Dashboard, tmp_path: Path) -> None:
    path = tmp_path / "year.csv"
    path.write_text(days(366), encoding="utf-8")
    answer_file_dialogs(dashboard, path).open("site?lang=en")
    dashboard.unfold_settings()
    choose_by_keyboard(dashboard)
    confirm_file(dashboard)
    text = dashboard.at(ids.make_file_text_id(LOAD))
    expect(text).to_contain_text("year.csv: 366 d in steps of 15 min")

    sizes: list[int] = []
    dashboard.page.on("request", lambda request: sizes.append(measure(request)))
    dashboard.jump(8)
    assert 0 < max(sizes) < 10_000
    digest = dashboard.answered_run()["scenario"][LOAD]["sha256"]
    dashboard.page.reload()
    expect(text).to_contain_text("year.csv: 366 d")

    # The run file carries the series.
    dashboard.page.locator(f"#{ids.SHARE} summary").click()
    with dashboard.page.expect_download() as download:
        dashboard.at(ids.SHARE_DOWNLOAD).click()
    download.value.save_as(tmp_path / "run.json")
    saved = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))["run"]["scenario"][LOAD]
    assert len(saved["values"]) == 35_136
    dashboard.page.locator(f"#{ids.SHARE_OPEN} input[type=file]").set_input_files(tmp_path / "run.json")
    expect(dashboard.at(ids.STATUS)).to_contain_text("Run opened")
    assert dashboard.answered_run()["scenario"][LOAD]["sha256"] == digest

    # A content that this browser has, and no server: it is sent once.
    other = make_profile(np.arange(96.0), step_min=15)
    contents = {compute_digest(other): encode_content(other)}
    dashboard.page.evaluate("contents => window.dash_clientside.contents.keep(contents)", contents)
    dashboard.page.evaluate(SET_DIGEST, compute_digest(other))
    dashboard.jump(2)
    expect(dashboard.at(ids.NOTICE)).to_be_empty()

    # One that nobody has: a sentence, and the run goes on once it is back.
    dashboard.page.evaluate(SET_DIGEST, UNKNOWN)
    dashboard.at(ids.STEP).click()
    issue = dashboard.at(ids.make_file_row_id(LOAD)).locator("xpath=..").get_by_role("alert")
    expect(issue).to_contain_text("the file is neither on the server nor in this browser")
    dashboard.page.evaluate(SET_DIGEST, digest)
    dashboard.jump(1)
    expect(issue).to_be_empty()


def test_a_run_whose_file_is_lost_has_two_ways_out_after_a_reload(dashboard: Dashboard, tmp_path: Path) -> None:
    path = tmp_path / "day.csv"
    path.write_text(DAY, encoding="utf-8")
    answer_file_dialogs(dashboard, path).open("site?lang=en")
    dashboard.unfold_settings()
    choose_by_keyboard(dashboard)
    confirm_file(dashboard)
    for way in ("choose", "drop"):
        row = dashboard.at(ids.make_file_row_id(LOAD)).locator("xpath=..")
        expect(row).to_contain_text("day.csv")
        dashboard.page.evaluate(LOSE_FILE, UNKNOWN)
        dashboard.page.reload()
        expect(dashboard.at(ids.LOST)).to_contain_text("choose it again, remove it, or open a saved run")
        expect(row.get_by_role("alert")).to_contain_text("the file is neither on the server nor in this browser")
        if way == "drop":
            dashboard.at(ids.LOST_DROP).click()
        else:
            dashboard.at(ids.LOST_CHOOSE).click()
            confirm_file(dashboard)
        expect(dashboard.at(ids.LOST)).to_be_hidden()
        expect(dashboard.at(ids.CLOCK)).to_have_text("16:00")
        expect(row.get_by_role("alert")).to_be_empty()
        assert bool(dashboard.answered_run()["scenario"][LOAD]) == (way == "choose"), way


def measure(request: Request) -> int:
    """Return the length of a request about the run, 0 for another one."""
    return len(request.post_data or "") if asked(request) else 0
