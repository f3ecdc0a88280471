"""Comparison requests: their key, their JSON, the encoding of their result, and their bounds."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.core.schema import ValidationError
from ev2gym_dashboard.service.comparison.request import (
    decode_comparison,
    dump_comparison_request,
    encode_comparison,
    make_comparison_request,
    parse_comparison_request,
)
from ev2gym_dashboard.service.comparison.runner import run_comparison

SMALL = make_comparison_request(Scenario(fleet_size=20), "day", 2)


def test_a_key_depends_on_the_request_and_not_on_the_strategy_of_the_run() -> None:
    scenario = Scenario(fleet_size=20)
    assert make_comparison_request(replace(scenario, strategy="price", v2g=False, days=3), "day", 2).key == SMALL.key
    with_parameter = replace(scenario, params=(("price.price_threshold_mad_kwh", 1.1),))
    others = [
        make_comparison_request(scenario, "week", 2),
        make_comparison_request(scenario, "day", 3),
        make_comparison_request(replace(scenario, seed=1), "day", 2),
        make_comparison_request(with_parameter, "day", 2),
    ]
    assert len({request.key for request in (SMALL, *others)}) == 1 + len(others)


def test_a_request_survives_json_and_its_result_survives_bytes() -> None:
    other = replace(SMALL.scenario, base_load_profile=((1.0,) * 24,), params=(("price.price_threshold_mad_kwh", 1.0),))
    for request in (SMALL, make_comparison_request(other, "week", 2)):
        browser_json = (
            json.dumps(dump_comparison_request(request)).replace(".0,", ",").replace(".0]", "]").replace(".0}", "}")
        )
        assert parse_comparison_request(json.loads(browser_json)).key == request.key
    comparison = run_comparison(SMALL.scenario, seeds=2)
    assert encode_comparison(decode_comparison(SMALL, encode_comparison(comparison))) == encode_comparison(comparison)


@pytest.mark.parametrize(
    ("period", "seeds", "message"),
    [
        ("year", 1, "period: must be a day, a week or a month"),
        (["day"], 0, "seeds: must be from 1"),
        ("day", 1.5, "seeds: must be a whole number"),
        ("day", "2", "seeds: must be a number"),
    ],
)
def test_an_unknown_period_or_an_invalid_count_is_refused(period: object, seeds: object, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        make_comparison_request(Scenario(), period, seeds)


def test_a_request_that_is_too_large_is_refused_before_it_starts() -> None:
    with pytest.raises(ValidationError, match=r"work: must be at most .* vehicle-steps, not"):
        make_comparison_request(Scenario(fleet_size=1_000_000), "month", 2)
    values = dump_comparison_request(SMALL)
    with pytest.raises(ValidationError, match="work: must be at most"):
        parse_comparison_request(values | {"scenario": values["scenario"] | {"fleet_size": 1_000_000, "days": 30}})


@pytest.mark.parametrize("value", [None, [], {}, {"scenario": 3, "seeds": 1}])
def test_a_value_that_is_not_a_request_is_refused(value: object) -> None:
    with pytest.raises(ValidationError, match="comparison: must be an object"):
        parse_comparison_request(value)
