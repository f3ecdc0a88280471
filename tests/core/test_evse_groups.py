"""EVSE groups: every way of writing them gives the same groups, and what cannot be read is named."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ev2gym_dashboard.core.evse_groups import EvseGroup, check_evses, format_evse_groups, parse_evses
from ev2gym_dashboard.core.scenario import Scenario

DEPOT = "10 x AC 22 kW; 4 x DC 350 kW V2G"


@pytest.mark.parametrize(
    "value",
    [
        "10 x AC 22; 4 x DC 350 V2G",
        "10 × ac 22 kW\n4*DC 350 kW bidirectional\n",
        ["10 x AC 22", "4 x DC 350 V2G"],
        [{"kind": "AC 22", "count": 10}, {"kind": "DC 350", "count": 4, "bidirectional": True}],
        (EvseGroup(10, False, 3, 22.0, False), EvseGroup(4, False, 0, 350.0, True)),
    ],
)
def test_every_way_of_writing_gives_the_same_scenario(value: object) -> None:
    scenario = Scenario(evses=value)  # type: ignore[arg-type]
    assert scenario.evses == DEPOT
    assert scenario == Scenario(evses=DEPOT)
    assert scenario.validate() == []
    assert scenario.n_evse == 14


@pytest.mark.parametrize(
    ("line", "phases", "current_a", "rated_kw"),
    [
        ("1 x AC 3.7", 1, 16.0, 3.68),
        ("1 x AC 4,6", 1, 20.0, 4.6),
        ("1 x AC 7.4", 1, 32.0, 7.36),
        ("1 x AC 7.4 3ph", 3, 7400 / 690, 7.4),
        ("1 x AC 11", 3, 16.0, 11.04),
        ("1 x AC 22", 3, 32.0, 22.08),
        ("1 x AC 22.08", 3, 32.0, 22.08),
        ("1 x AC 17.3", 3, 25.0, 17.25),
        ("1 x AC 43", 3, 63.0, 43.47),
        ("1 x AC 9.9", 3, 9900 / 690, 9.9),
        ("1 x DC 350", 0, 0.0, 350.0),
        ("1 x DC 3.7", 0, 0.0, 3.7),
    ],
)
def test_a_nominal_power_is_that_of_the_usual_breaker(
    line: str, phases: int, current_a: float, rated_kw: float
) -> None:
    (group,), _ = parse_evses(line)
    assert group.phases == phases
    assert [group.current_a, group.rated_kw] == pytest.approx([current_a, rated_kw])


@pytest.mark.parametrize(
    ("value", "field", "words"),
    [
        ("10 AC 22", "evses/row 1", "must read as"),
        ("10 x AC 22; fast ones", "evses/row 2", "must read as"),
        ("10 x AC 22 at sea", "evses/row 1", "sea is not understood"),
        ("1.5 x AC 22", "evses/row 1", "must be whole"),
        ("1 x AC 50", "evses/row 1", "is DC"),
        ("1 x AC 22 1ph", "evses/row 1", "is DC"),
        ("1 x DC 9000", "evses/row 1", "from 1.0 to 1500.0 kW"),
        ("40% AC 22; 50% DC 50", "evses", "add up to 100%, not 90.0"),
        ("40% AC 22; 5 x DC 50", "evses", "in all lines"),
        ("140% AC 22", "evses/row 1", "0% to 100%"),
        ([{"count": 3}], "evses/row 1.kind", "is missing"),
        ([{"kind": "AC 22"}], "evses/row 1", "either count or share"),
        ([{"kind": "AC 22", "count": 1, "colour": 1}], "evses/row 1.colour", "is unknown"),
        ([{"kind": "AC 22", "count": "many"}], "evses/row 1", "must read as"),
        ([7], "evses/row 1", "must be a table"),
        (7, "evses", "must be a text"),
        (None, "evses", "must be a text"),
        ("x" * 5000, "evses", "too long"),
        ("1 x AC 22;" * 50, "evses", "at most 40 lines"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(value: object, field: str, words: str) -> None:
    issues = Scenario(evses=value).validate()  # type: ignore[arg-type]
    assert [issue.field for issue in issues] == [field]
    assert words in str(issues[0])


def test_every_wrong_line_has_its_issue() -> None:
    assert [issue.field for issue in check_evses("evses", "a; 1 x AC 22; b; 1 x AC 99")] == [
        "evses/row 1",
        "evses/row 3",
        "evses/row 4",
    ]


def test_an_evse_at_a_place_without_vehicles_is_refused() -> None:
    issues = Scenario(place="home", evses="5 x AC 22 at work").validate()
    assert list(map(str, issues)) == ["evses/row 1: no vehicle parks at work, only at home"]
    assert Scenario(place="work", evses="5 x AC 22 at work").validate() == []


def test_shares_follow_the_evses_per_vehicle_and_numbers_do_not() -> None:
    shares = Scenario(fleet_size=100, evse_per_vehicle=0.5, evses="40% AC 7.4; 60% DC 150 V2G")
    assert (shares.n_evse, replace(shares, fleet_size=200).n_evse) == (50, 100)
    assert replace(shares, evses="3 x AC 7.4").n_evse == 3
    assert replace(shares, evses="0 x AC 7.4").n_evse == 0


groups = st.builds(
    EvseGroup,
    amount=st.integers(0, 1000),
    is_share=st.just(value=False),
    phases=st.sampled_from([0, 1, 3]),
    power_kw=st.sampled_from([3.7, 7.4, 11.0, 14.0]),
    bidirectional=st.booleans(),
    place=st.sampled_from(["", "home", "public", "work"]),
    name=st.sampled_from(["", "Depot", "Cour A"]),
)


@given(st.lists(groups, max_size=5))
def test_written_groups_read_back_equal(drawn: list[EvseGroup]) -> None:
    assert parse_evses(format_evse_groups(drawn)) == (tuple(drawn), [])
