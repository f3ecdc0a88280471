"""The energy flow in the browser: widths follow the figures, on each page of the run and in the past."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from ev2gym_dashboard.web import ids
from tests.browser.dashboard import Dashboard

PARTS = {"import": "import_kw", "v2g": "v2g_kw", "base_load": "base_load_kw", "g2v": "g2v_kw"}
N_STEPS = 12


def advance(dashboard: Dashboard, steps: int) -> None:
    dashboard.page.evaluate("steps => dash_clientside.live.submit({ steps })", steps)


def read_bar(dashboard: Dashboard, part: str) -> float:
    """Return the length of a bar in the drawing, with the losses that are part of it."""
    bars = dashboard.page.locator(f"#{ids.FLOW} .flow-bar.flow-{part}, #{ids.FLOW} .flow-bar.flow-lost-{part}")
    paths = [bar.get_attribute("d") or "" for bar in bars.all()]
    ends = [re.findall(r"-?[\d.]+", path) for path in paths if path]
    return sum(float(bottom) - float(top) for _x, top, bottom in ends)


def read_power(dashboard: Dashboard, name: str) -> float:
    text = dashboard.at(ids.make_flow_id(name)).inner_text()
    return float(re.sub(r"[^\d.]", "", text))


@pytest.mark.shared_tab
@pytest.mark.parametrize("path", ["?lang=en", "site?lang=en"])
def test_bars_are_as_long_as_their_figures(dashboard: Dashboard, path: str) -> None:
    dashboard.open(path)
    advance(dashboard, N_STEPS)
    expect(dashboard.at(ids.make_flow_id("v2g_kw"))).not_to_have_text(re.compile(r"^0\.0"))
    scale = read_bar(dashboard, "base_load") / read_power(dashboard, "base_load_kw")
    assert read_bar(dashboard, "import") == pytest.approx(scale * read_power(dashboard, "import_kw"))
    assert read_bar(dashboard, "g2v") == pytest.approx(scale * read_power(dashboard, "g2v_kw"))
    lost = read_power(dashboard, "discharge_loss_kw")
    assert read_bar(dashboard, "v2g") == pytest.approx(scale * (read_power(dashboard, "v2g_kw") + lost))
    expect(dashboard.at(ids.FLOW_TEXT)).to_contain_text("vehicles (V2G)")


@pytest.mark.shared_tab
def test_the_picture_follows_the_cursor_into_the_past(dashboard: Dashboard) -> None:
    dashboard.open("?lang=en")
    advance(dashboard, N_STEPS)
    slider = dashboard.at(ids.CURSOR).get_by_role("slider")
    expect(slider).to_have_attribute("max", str(N_STEPS))
    now = dashboard.at(ids.FLOW_TEXT).inner_text()
    slider.fill("3")
    expect(dashboard.at(ids.make_flow_id("v2g_kw"))).to_have_text("0.0\N{NO-BREAK SPACE}kW")
    assert read_bar(dashboard, "v2g") == 0.0
    dashboard.page.get_by_role("button", name="Back to now").click()
    expect(dashboard.at(ids.FLOW_TEXT)).to_have_text(now)
