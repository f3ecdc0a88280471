"""The report of the run in the browser: one page of A4 with verdict, charts, scenario and a link that opens the run."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from ev2gym_dashboard.web import ids
from tests.browser.dashboard import Dashboard

N_STEPS = 60
A4_PT = (595, 842)
TEXTS = {
    "fr": ("Rapport d’une simulation V2G/G2V", "Sans V2G", "Charge du site", "CO2 depuis le départ", "Scénario"),
    "en": ("Report of a V2G/G2V run", "Without V2G", "Site load", "CO2 since the start", "Scenario"),
}
# Enough differences to fill the page: as many as it names, and more.
CHANGES = {
    "target_soc": "85",
    "reserve_soc": "15",
    "drive_scale": "1.1",
    "evse_per_vehicle": "0.4",
    "cloud_factor": "70",
    "latitude_deg": "30",
    "longitude_deg": "-9",
    "altitude_m": "60",
    "tilt_deg": "20",
    "cell_temperature_c": "30",
}


def open_report(dashboard: Dashboard, lang: str) -> None:
    """Open the report by the menu of the page, as a user does."""
    dashboard.open(f"?lang={lang}")
    dashboard.page.evaluate("steps => dash_clientside.live.submit({ steps })", N_STEPS)
    dashboard.page.locator(f"#{ids.SHARE} summary").click()
    dashboard.at(ids.REPORT_OPEN).click()
    expect(dashboard.at(ids.REPORT_LINK)).to_have_attribute("href", re.compile("#run="))
    for chart in (ids.SITE_LOAD, ids.SITE_COST, ids.SITE_CO2):
        dashboard.until_drawn(chart, N_STEPS + 1)


def print_page(dashboard: Dashboard) -> tuple[int, list[float]]:
    """Return the number of pages of the PDF, and the width and height of the first [pt]."""
    document = dashboard.page.pdf(prefer_css_page_size=True).decode("latin-1")
    box = re.search(r"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", document)
    assert box is not None
    return len(re.findall(r"/Type /Page\b(?!s)", document)), [float(side) for side in box.groups()]


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_report_is_one_page_of_a4(dashboard: Dashboard, lang: str) -> None:
    open_report(dashboard, lang)
    for text in TEXTS[lang]:
        expect(dashboard.at(ids.REPORT)).to_contain_text(text)
    expect(dashboard.at(ids.SITE_VERDICT)).not_to_be_empty()
    n_pages, sides_pt = print_page(dashboard)
    assert n_pages == 1
    assert sides_pt == pytest.approx(A4_PT, abs=1.0)


def test_many_differences_and_a_long_name_fit_on_the_page_as_text(dashboard: Dashboard) -> None:
    open_report(dashboard, "en")
    name = "<img src=x onerror=alert(1)>" * 2 + ".csv"
    dashboard.page.evaluate(
        "([scenario, name]) => {"
        "  dash_clientside.live.page.files = { base_load_profile: name };"
        "  const hours = [...Array(24).keys()].map((hour) => `2026-12-15T${String(hour).padStart(2, '0')}:00,500`);"
        "  const contents = 'data:text/csv;base64,' + btoa(['time,kw', ...hours].join('\\n'));"
        "  dash_clientside.live.submit({ restart: true, scenario, fill: true, full: true,"
        "    upload: { base_load_profile: { name, contents } } });"
        "}",
        [CHANGES, name],
    )
    facts = dashboard.at(ids.REPORT_FACTS)
    expect(facts).to_contain_text(name)
    expect(facts).to_contain_text("Other differences")
    assert facts.locator("img").count() == 0
    assert print_page(dashboard)[0] == 1


def test_the_link_of_the_report_opens_the_run(dashboard: Dashboard) -> None:
    open_report(dashboard, "en")
    clock = dashboard.at(ids.CLOCK).inner_text()
    dashboard.at(ids.REPORT_LINK).click()
    expect(dashboard.at(ids.POWER)).to_be_visible()
    expect(dashboard.at(ids.CLOCK)).to_have_text(clock)


def test_the_report_pauses_the_run_by_its_address_too(running: Dashboard) -> None:
    running.open("?lang=en")
    assert running.page.evaluate("dash_clientside.live.clock.playing")
    running.page.goto(f"{running.address}report?lang=en")
    expect(running.at(ids.REPORT_LINK)).to_have_attribute("href", re.compile("#run="))
    assert not running.page.evaluate("dash_clientside.live.clock.playing")
