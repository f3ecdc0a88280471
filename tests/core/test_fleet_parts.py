"""Fleet parts: every way of writing them gives the same parts, and what cannot be read is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ev2gym_dashboard.core.fleet_parts import FleetPart, format_fleet_parts, parse_parts
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.scenarios.validation import check_scenario

SITE = "60 x home, target 90%; Staff: 40 x work, target 80%, return 50%, models Kia Niro | Peugeot 208"


@pytest.mark.parametrize(
    "value",
    [
        SITE,
        "60 x at home target 90 %\nStaff : 40 × travail target 80% return 50% models Kia Niro | Peugeot 208",
        [
            {"place": "home", "count": 60, "target_soc": 0.9},
            {
                "place": "work", "count": 40, "target_soc": 0.8, "return_share": 0.5, "name": "Staff",
                "models": ["Kia Niro", "Peugeot 208"],
            },
        ],
        (
            FleetPart(60, False, "home", 0.9),
            FleetPart(40, False, "work", 0.8, 0.5, ("Kia Niro", "Peugeot 208"), "Staff"),
        ),
    ],
)  # fmt: skip
def test_every_way_of_writing_gives_the_same_scenario(value: object) -> None:
    scenario = Scenario(fleet_size=100, parts=value)  # type: ignore[arg-type]
    assert scenario.parts == SITE
    assert check_scenario(scenario) == []
    assert scenario.places == ("home", "work")


@pytest.mark.parametrize(
    ("value", "field", "words"),
    [
        ("60 home", "parts/row 1", "must read as"),
        ("60 x beach", "parts/row 1", "must read as"),
        ("60 x home; 40 x home", "parts/row 2", "needs a name"),
        ("60 x home; 50 x work", "parts", "110 vehicles, not the 100"),
        ("60% home; 30% work", "parts", "add up to 100%, not 90"),
        ("100 x home, target 5%", "parts/row 1", "from 10.0% to 100.0%, not 5"),
        ("100 x home, return 130%", "parts/row 1", "from 0% to 100%, not 130"),
        ([{"count": 100}], "parts/row 1.place", "is missing"),
        ([{"place": "home", "count": 100, "colour": 1}], "parts/row 1.colour", "is unknown"),
        (5, "parts", "must be a text"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(value: object, field: str, words: str) -> None:
    issues = Scenario(fleet_size=100, parts=value).validate()  # type: ignore[arg-type]
    assert [issue.field for issue in issues] == [field]
    assert words in str(issues[0])


def test_a_model_that_the_catalog_lacks_is_named() -> None:
    issues = check_scenario(Scenario(fleet_size=10, parts="10 x home, models Kia Niro | Trabant"))
    assert list(map(str, issues)) == ["parts/row 1: Trabant is no model of the catalog"]


def test_evses_may_be_at_the_place_of_any_part() -> None:
    scenario = Scenario(fleet_size=10, parts="50% home; 50% work", evses="2 x AC 11 at home; 2 x AC 22 at work")
    assert check_scenario(scenario) == []
    assert "no vehicle parks at public" in str(Scenario(parts="100% home", evses="2 x AC 11 at public").validate()[0])


parts = st.builds(
    FleetPart,
    amount=st.integers(0, 1000),
    is_share=st.just(value=False),
    place=st.sampled_from(["home", "public", "work"]),
    target_soc=st.sampled_from([None, 0.8, 0.905, 1.0]),
    return_share=st.sampled_from([None, 0.0, 0.43, 1.0]),
    models=st.sampled_from([(), ("Kia Niro",), ("Leaf 6,6 kW-AC", "Audi A6 (2021)")]),
    name=st.text("abcABC 1", min_size=1, max_size=8).map(str.strip).filter(bool),
)


@given(st.lists(parts, max_size=4, unique_by=lambda part: part.name))
def test_written_parts_read_back_equal(drawn: list[FleetPart]) -> None:
    assert parse_parts(format_fleet_parts(drawn)) == (tuple(drawn), [])
