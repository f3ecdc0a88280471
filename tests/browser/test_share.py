"""Links and files of a run in the browser: someone else sees the same run, and a damaged one costs nobody anything."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.service.sessions.run_spec import RunSpec
from ev2gym_dashboard.service.sessions.share_link import build_share_document
from ev2gym_dashboard.web import ids
from tests.browser.conftest import ROOT
from tests.browser.dashboard import Dashboard, asked
from tests.browser.test_site import kept_page

OPENED_MS = 120_000
POWER = ids.make_tile_id("net")


def fork(dashboard: Dashboard, address: str) -> Page:
    """Open an address in a tab of its own."""
    page = dashboard.page.context.new_page()
    page.goto(address)
    return page


def open_file(dashboard: Dashboard, path: Path, content: str | bytes) -> None:
    """Write a file and open it as a run."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    dashboard.page.locator(f"#{ids.SHARE_OPEN} input[type=file]").set_input_files(path)


@pytest.fixture(scope="module")
def opened(opener: Page, address: str) -> Iterator[Dashboard]:
    """A page in French that runs are opened in, one after the other."""
    with kept_page(opener, address) as dashboard:
        yield dashboard.open("?lang=fr")


def test_who_opens_a_link_sees_the_same_run_at_the_same_moment_in_a_session_of_his_own(dashboard: Dashboard) -> None:
    dashboard.open("?lang=en").at(ids.STRATEGY).select_option("price")
    dashboard.jump(14)
    dashboard.page.locator(f"#{ids.SHARE} summary").click()
    dashboard.at(ids.SHARE_LINK).click()
    expect(dashboard.at(ids.SHARE_TEXT)).to_have_value(re.compile("#run="))
    ours = dashboard.answered_run()
    page = fork(dashboard, dashboard.at(ids.SHARE_TEXT).input_value())
    expect(page.locator(f"#{ids.STATUS}")).to_have_text("Paused · Run opened.")
    theirs = json.loads(page.evaluate("sessionStorage.getItem('run')"))
    assert {name: theirs[name] for name in ("scenario", "changes", "step")} == {
        name: ours[name] for name in ("scenario", "changes", "step")
    }
    assert theirs["session"] != ours["session"]
    assert page.locator(f"#{POWER}").inner_text() == dashboard.at(POWER).inner_text()
    assert "#" not in page.url
    page.close()


def test_a_downloaded_run_is_opened_again(opened: Dashboard, tmp_path: Path) -> None:
    opened.begin_again().jump(6)
    opened.page.locator(f"#{ids.SHARE} summary").click()
    with opened.page.expect_download() as download:
        opened.at(ids.SHARE_DOWNLOAD).click()
    path = tmp_path / "run.json"
    download.value.save_as(path)
    session = opened.answered_run()["session"]
    opened.page.keyboard.press("Escape")
    expect(opened.at(ids.SHARE_DOWNLOAD)).to_be_hidden()
    opened.begin_again()
    opened.page.locator(f"#{ids.SHARE_OPEN} input[type=file]").set_input_files(path)
    expect(opened.at(ids.CLOCK)).to_have_text("17:30")
    assert opened.answered_run()["session"] != session


def test_a_damaged_link_begins_a_new_run_and_a_file_that_is_no_run_leaves_it_as_it_is(
    dashboard: Dashboard, tmp_path: Path
) -> None:
    dashboard.open("?lang=fr#run=AAAA")
    expect(dashboard.at(ids.STATUS)).to_contain_text("Lien\u00a0: est endommagé")
    assert dashboard.answered_run()["step"] == 0
    dashboard.jump(2).page.locator(f"#{ids.SHARE} summary").click()
    open_file(dashboard, tmp_path / "run.json", '{"format": "a picture"}')
    expect(dashboard.at(ids.NOTICE)).to_contain_text("Fichier\u00a0: ne contient pas de simulation")
    for name, content in (("picture.png", b"\x89PNG\r\n"), ("empty.json", b""), ("names", "é".encode("latin-1"))):
        dashboard.at(ids.V2G).click()
        expect(dashboard.at(ids.NOTICE)).to_be_empty()
        open_file(dashboard, tmp_path / name, content)
        expect(dashboard.at(ids.NOTICE)).to_contain_text("Fichier\u00a0: n’est pas un fichier de simulation")
    assert dashboard.answered_run()["step"] == 2


def test_a_large_run_opens_however_many_requests_it_takes(opened: Dashboard, tmp_path: Path) -> None:
    requests: list[dict[str, Any]] = []
    opened.page.on("request", lambda request: requests.extend(filter(None, [asked(request)])))
    document = build_share_document(RunSpec(Scenario(fleet_size=40_000), (), 60))
    open_file(opened, tmp_path / "run.json", json.dumps(document))
    expect(opened.at(ids.CLOCK)).to_have_text("07:00", timeout=OPENED_MS)
    expect(opened.at(ids.STATUS)).to_have_text("En pause · Simulation ouverte.")
    runs = [request["run"]["session"] for request in requests if not request.get("file")]
    assert opened.answered_run()["step"] == 60
    assert {*runs, opened.answered_run()["session"]} == {requests[0]["session"]}


def test_a_link_and_a_file_too_large_for_any_server_are_refused_with_a_sentence(
    dashboard: Dashboard, tmp_path: Path
) -> None:
    dashboard.open("?lang=fr#run=" + "A" * 700_000)
    expect(dashboard.at(ids.STATUS)).to_contain_text("Lien\u00a0: est trop grand")
    assert dashboard.answered_run()["step"] == 0
    dashboard.jump(2)
    open_file(dashboard, tmp_path / "run.json", '"' * 9_000_000)
    expect(dashboard.at(ids.NOTICE)).to_contain_text("Fichier\u00a0: est trop grand", timeout=120_000)
    assert dashboard.answered_run()["step"] == 2


def test_names_out_of_somebody_s_file_are_text_on_the_page_and_no_formula_in_the_csv(
    opened: Dashboard, tmp_path: Path
) -> None:
    names = {"=1+1": "'=1+1", "<img src=x onerror=alert(1)>": "<img src=x onerror=alert(1)>"}
    spec = json.loads((ROOT / "data" / "ev_specs_v2g_enabled2024.json").read_text(encoding="utf-8"))
    own = json.dumps(dict(zip(names, spec.values(), strict=False)))
    document = build_share_document(RunSpec(Scenario(fleet_size=50, catalog_spec=own), (), 8))
    open_file(opened, tmp_path / "run.json", json.dumps(document))
    expect(opened.at(ids.make_tile_id("models"))).to_have_text("2")
    assert sorted(opened.show_table().column("model")) == sorted(names)
    assert opened.page.locator("img[src=x]").count() == 0
    expect(opened.page.locator(f"#{ids.TOP_MODELS} .ytick text")).to_contain_text(["<img src=x on…rt(1)>", "=1+1"])
    with opened.page.expect_download() as started:
        opened.at(ids.EXPORT).click()
    started.value.save_as(tmp_path / "fleet.csv")
    lines = (tmp_path / "fleet.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith('"Scénario";"Support réseau')
    assert " · V2G autorisé : Oui" in lines[0]
    assert lines[1].startswith('"Heure simulée";"')
    rows = list(csv.DictReader(lines[2:], delimiter=";"))
    assert {row["Capacité V2G"] for row in rows} <= {"Oui", "Non"}
    assert any(re.fullmatch(r"\d+,\d+", value) for row in rows for value in row.values())
    assert sorted(next(iter(row.values())) for row in rows) == sorted(names.values())


def test_a_page_that_was_hidden_makes_up_for_its_time(dashboard: Dashboard) -> None:
    dashboard.page.clock.install()
    dashboard.open("?lang=en").at(ids.SPEED).select_option("120")
    dashboard.page.evaluate(
        "Object.defineProperty(document, 'hidden', {get: () => window.hiddenForTest ?? true, configurable: true});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    dashboard.at(ids.PLAY).click()
    dashboard.page.clock.run_for(6000)
    assert dashboard.answered_run()["step"] == 0
    dashboard.page.evaluate("window.hiddenForTest = false")
    expect(dashboard.at(ids.CLOCK)).not_to_have_text("16:00")
    assert dashboard.answered_run()["step"] >= 40, "all at once, not step by step"
    dashboard.at(ids.PAUSE).click()
