"""Notes on the demand charge: what is subscribed, how it is metered, and what is assumed."""

from __future__ import annotations

from pathlib import Path

import pytest

from ev2gym_dashboard import Scenario
from ev2gym_dashboard.cli.main import main
from ev2gym_dashboard.service.scenarios.demand_notes import list_demand_notes, list_subscription_warnings
from ev2gym_dashboard.service.scenarios.evse_notes import format_note


def list_sentences(**fields: object) -> str:
    scenario = Scenario(fleet_size=10, **fields)  # type: ignore[arg-type]
    return " ".join(format_note(note) for note in list_demand_notes(scenario))


def test_a_tariff_without_a_charge_for_power_says_so_and_nothing_else() -> None:
    sentence = "this tariff does not charge for it, so that a lower peak saves nothing on the bill."
    assert list_sentences(subscribed_kva=1e6) == f"Subscribed power: {sentence}"


@pytest.mark.parametrize(
    ("subscribed", "sentence"),
    [
        ("connection", "Subscribed power: all that the connection carries, so that no strategy can save on it."),
        ("auto", "Subscribed power: for each strategy the metered peak of a simulated year (one week a month)."),
        (30, "Subscribed power: 30 kVA."),
    ],
)
def test_the_subscription_and_every_assumption_are_said(subscribed: float | str, sentence: str) -> None:
    text = list_sentences(tariff="mt_general", subscribed_kva=subscribed, metering_interval_min=15, power_factor=0.9)
    assert text.startswith(sentence)
    assert "mean over 15 min, at a power factor of 0.9 (assumption)" in text
    assert "costs 1.5 times a subscribed one; ONEE's rule was not found." in text


def test_a_subscription_above_the_connection_is_valid_and_noted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    above = Scenario(fleet_size=10, tariff="mt_general", subscribed_kva=36.0)
    assert above.validate() == []
    assert len(list_subscription_warnings(above)) == 1
    assert list_subscription_warnings(Scenario(fleet_size=10, tariff="mt_general", subscribed_kva=35.0)) == []
    file = tmp_path / "scenario.toml"
    file.write_text('fleet_size = 10\ntariff = "mt_general"\nsubscribed_kva = 36', encoding="utf-8")
    main(["validate", str(file)])
    assert "is above the 35 kVA of the connection: the rest is paid for and never used." in capsys.readouterr().out
