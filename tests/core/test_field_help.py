"""Help on fields: help(Scenario), and the name that a mistyped one may mean."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

import ev2gym_dashboard
from ev2gym_dashboard import Scenario
from ev2gym_dashboard.core.schema import Quantity, check_key, check_names, list_declared, suggest_name


def test_help_shows_every_declared_field_with_its_unit_and_bounds() -> None:
    text = Scenario.__doc__ or ""
    for name, declaration in list_declared(Scenario).items():
        assert re.search(rf"^{name} : ", text, re.MULTILINE), name
        assert declaration.about in text
    assert "base_load_kw_per_vehicle : 0 to 1000 kW, default 2.0" in text
    quantities = {n: d for n, d in list_declared(Scenario).items() if isinstance(d, Quantity)}
    assert all(f"{n} : {d.low:g} to {d.high:g}" in text for n, d in quantities.items())


@pytest.mark.parametrize(
    ("mistyped", "meant"),
    [("fleet_sise", "fleet_size"), ("Tariff", "tariff"), ("timestep", "timestep_min"), ("target", "target_soc")],
)
def test_an_unknown_field_is_told_with_the_one_it_may_mean(mistyped: str, meant: str) -> None:
    values: dict[str, Any] = {mistyped: 1}
    message = f"{mistyped}: is unknown; did you mean {meant}\\?"
    with pytest.raises(TypeError, match=message):
        Scenario(**values)
    with pytest.raises(TypeError, match=message):
        replace(Scenario(), **values)


def test_a_name_like_no_other_is_told_with_all_that_are_known() -> None:
    assert suggest_name("zzzz", ["alpha"]) is None
    assert "the known names are alpha" in str(check_names({"zzzz": 1}, ["alpha"])[0])
    assert "did you mean" not in str(check_key("tariff", 7, ["7.0"])[0])


def test_a_parameter_is_suggested_without_its_strategy() -> None:
    known = ["price.v2g_min_soc", "price.price_threshold_mad_kwh"]
    assert suggest_name("price_treshold_mad_kwh", known) == "price.price_threshold_mad_kwh"


def test_the_package_tells_its_version() -> None:
    assert re.match(r"\d+\.\d+", ev2gym_dashboard.__version__)
