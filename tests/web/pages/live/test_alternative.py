"""Tests of the Fleet page with another strategy beside the run: its curve, its differences, its legend."""

from __future__ import annotations

from typing import Any

import pytest

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.sessions.process_cache import get_fleet_view
from ev2gym_dashboard.service.sessions.run_spec import RunSpec, serialize_run
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.alternative import format_difference, render_alternative_choice
from ev2gym_dashboard.web.components.charts import round_significant
from ev2gym_dashboard.web.i18n import get_translator
from ev2gym_dashboard.web.pages.live import callbacks
from ev2gym_dashboard.web.pages.live.tiles import FLEET_TILES
from ev2gym_dashboard.web.requests.schema import MalformedRequest

RUN = RunSpec(Scenario(fleet_size=80, start="2026-12-15T16:00"), step=16, session="alternative-page")
TRACE = 4
DIFFERENCES = [ids.make_tile_difference_id(tile.key) for tile in FLEET_TILES if tile.difference]


def send(**request: Any) -> dict[str, Any]:
    return callbacks.build_live_reply({"number": 1, "lang": "en", "run": serialize_run(RUN), **request}, "build")


def read_curve(outputs: dict[str, Any]) -> list[float]:
    operations = outputs[f"{ids.POWER}.figure"]["operations"]
    (values,) = [one["params"]["value"] for one in operations if one["location"] == ["data", TRACE, "y"]]
    assert isinstance(values, list)
    return values


def test_the_curve_is_the_net_power_under_the_other_strategy() -> None:
    view = get_fleet_view(RUN, alternative="uncontrolled")
    assert view.alternative
    net_power_kw = view.alternative.net_power_kw
    assert read_curve(send(alternative="uncontrolled")) == round_significant(net_power_kw + net_power_kw[-1:])
    assert net_power_kw != view.trends["net_power_kw"]


def test_the_tiles_have_the_differences_with_their_signs() -> None:
    view = get_fleet_view(RUN, alternative="uncontrolled")
    assert view.alternative
    texts = send(alternative="uncontrolled")[ids.REPLY]["texts"]
    power = texts[ids.make_tile_difference_id("net")]
    assert power == f"+{view.alternative.differences['net_power_kw']:,.0f}\N{NO-BREAK SPACE}kW"
    assert all(texts[name] for name in DIFFERENCES)


def test_the_sentence_names_the_strategy_and_the_cost() -> None:
    text = send(alternative="uncontrolled")[ids.REPLY]["texts"][ids.ALTERNATIVE_TEXT]
    assert text.startswith("Uncontrolled, against this run: net power +")
    assert "MAD so far" in text


def test_a_past_step_has_its_own_differences_without_a_cost() -> None:
    now, then = (send(alternative="uncontrolled", past_step=step)[ids.REPLY]["texts"] for step in (None, 8))
    assert now[DIFFERENCES[1]] != then[DIFFERENCES[1]]
    assert then[ids.ALTERNATIVE_TEXT].endswith("until then")


def test_without_another_strategy_nothing_is_shown() -> None:
    outputs = send()
    reply = outputs[ids.REPLY]
    assert read_curve(outputs) == []
    assert {reply["texts"][name] for name in (*DIFFERENCES, ids.ALTERNATIVE_TEXT)} == {""}
    assert reply["states"][ids.make_legend_id(ids.POWER, "alternative")] == "off"
    shown = send(alternative="price")[ids.REPLY]
    assert shown["states"][ids.make_legend_id(ids.POWER, "alternative")] == "on"


def test_every_strategy_can_be_chosen() -> None:
    label, _text = render_alternative_choice(get_translator("en")).children
    (select,) = [part for part in label.children if getattr(part, "id", None) == ids.ALTERNATIVE]
    assert [option.value for option in select.children] == ["", *STRATEGIES]


@pytest.mark.parametrize("value", ["none", 3, [], {"strategy": "price"}])
def test_an_unknown_strategy_is_refused(value: Any) -> None:
    with pytest.raises(MalformedRequest):
        send(alternative=value)


@pytest.mark.parametrize(
    ("value", "lang", "text"),
    [(120.4, "en", "+120 kW"), (-34.2, "fr", "−34 kW"), (0.3, "en", "0 kW"), (-0.3, "fr", "0 kW")],
)
def test_a_difference_has_a_sign_unless_it_reads_as_zero(value: float, lang: str, text: str) -> None:
    shown = format_difference(value, "kW", get_translator(lang))
    assert shown.replace("\N{NO-BREAK SPACE}", " ") == text
