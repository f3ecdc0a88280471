"""Results in notebooks: KPIs with units, and a chart that needs no network."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from ev2gym_dashboard import Result, Scenario, Simulation, simulate
from ev2gym_dashboard.core.kpis import KPIS
from ev2gym_dashboard.service.simulation.notebook_html import (
    BOTTOM,
    HEIGHT,
    MAX_SVG_POINTS,
    TOP,
    render_power_svg,
)


@pytest.fixture(scope="module")
def result() -> Result:
    return simulate(Scenario(fleet_size=300, days=1))


def test_every_labelled_kpi_is_shown_with_its_unit_and_its_value(result: Result) -> None:
    html = result._repr_html_()
    labelled = {name: kpi for name, kpi in KPIS.items() if kpi.label}
    assert labelled
    for name, kpi in labelled.items():
        value, unit = f"{result.kpis[name] * (100.0 if kpi.share else 1.0):,.1f}", "%" if kpi.share else kpi.unit
        assert re.search(rf">{re.escape(kpi.label)}</th><td[^>]*>{re.escape(value)}</td><td[^>]*>{unit}<", html)


def test_a_run_without_counterfactuals_shows_its_own_kpis() -> None:
    simulation = Simulation(Scenario(fleet_size=50))
    assert "No step was run yet" in simulation.result()._repr_html_()
    simulation.advance(4)
    html = simulation.result()._repr_html_()
    assert "Bill" in html
    assert "Net value of V2G" not in html


def test_the_html_loads_and_runs_nothing(result: Result) -> None:
    html = result._repr_html_().replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert "://" not in html
    assert not re.search(r"<script|<link|<img|<style|\son[a-z]+=", html)


def test_all_tags_close_and_untrusted_text_is_escaped(result: Result) -> None:
    hostile = replace(result, scenario=replace(result.scenario, strategy='<script>"&', start="<b>"))
    opened: list[str] = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
            opened.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert opened.pop() == tag

        def handle_startendtag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
            assert tag == "path"

    Tags().feed(hostile._repr_html_())
    assert opened == []
    assert "<script>" not in hostile._repr_html_()
    assert "<b>" not in hostile._repr_html_()


def test_the_curve_is_that_of_the_series_charging_up_and_v2g_down(result: Result) -> None:
    g2v, v2g = read_heights(render_power_svg(result.series))
    zero = g2v[0]
    scale = (HEIGHT - TOP - BOTTOM) / (result.series["g2v_kw"].max() + result.series["v2g_kw"].max())
    assert zero - g2v[1:-1] == pytest.approx(result.series["g2v_kw"].to_numpy() * scale, abs=0.11)
    assert v2g[1:-1] - zero == pytest.approx(result.series["v2g_kw"].to_numpy() * scale, abs=0.11)
    assert result.series["v2g_kw"].max() > 0.0


def test_a_long_run_is_drawn_with_no_more_points_than_can_be_seen_and_keeps_its_peak(result: Result) -> None:
    long = result.series.loc[result.series.index.repeat(50)].copy()
    peak = np.zeros(len(long))
    peak[1234] = 1e4
    drawn = read_heights(render_power_svg(long.assign(g2v_kw=peak)))[0]
    assert len(drawn) == MAX_SVG_POINTS + 2
    assert drawn.min() == pytest.approx(TOP)


def test_text_and_axes_have_the_colour_of_the_page(result: Result) -> None:
    svg = ET.fromstring(re.findall(r"<svg.*?</svg>", render_power_svg(result.series))[0])
    assert svg.get("fill") == "currentColor"
    coloured = [element for element in svg.iter() if element.get("fill", "").startswith("#")]
    assert len(coloured) == 2
    assert '<table style="color: inherit">' in result._repr_html_(), "a table without a colour gets that of quirks mode"


def read_heights(drawing: str) -> list[np.ndarray]:
    """Return the base, the height of each step, and the base again of both areas."""
    paths = re.findall(r'd="M\d+ ([\d.]+)((?:V[\d.]+H[\d.]+)+)V([\d.]+)Z"', drawing)
    return [np.array([base, *re.findall(r"V([\d.]+)", steps), end], dtype=float) for base, steps, end in paths]
