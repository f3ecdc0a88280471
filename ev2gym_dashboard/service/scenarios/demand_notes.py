"""Notes on the demand charge: what is subscribed and what is assumed, as templates with their values."""

from __future__ import annotations

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_options import AUTO, CONNECTION
from ev2gym_dashboard.service.scenarios.demand import bills_monthly_peak, has_demand_charge
from ev2gym_dashboard.service.scenarios.evse_notes import Note


def list_demand_notes(scenario: Scenario) -> list[Note]:
    """Return the notes on the subscription of a scenario, its metering, and the price of exceeding it."""
    if not has_demand_charge(scenario):
        return [_make_exempt_note()]
    if bills_monthly_peak(scenario):
        return [_make_monthly_peak_note(), _make_metering_note(scenario)]
    return [
        _make_subscription_note(scenario),
        *list_subscription_warnings(scenario),
        _make_metering_note(scenario),
        _make_excess_note(scenario),
    ]


def list_subscription_warnings(scenario: Scenario) -> list[Note]:
    """Return a note if more is subscribed than the connection carries, which is allowed but never used."""
    declared = scenario.subscribed_kva
    if isinstance(declared, str) or declared <= scenario.connection_kva or not _has_subscription(scenario):
        return []
    template = "The subscribed power is above the {kva} kVA of the connection: the rest is paid for and never used."
    return [(template, {"kva": scenario.connection_kva})]


def _has_subscription(scenario: Scenario) -> bool:
    return has_demand_charge(scenario) and not bills_monthly_peak(scenario)


def _make_exempt_note() -> Note:
    template = "Subscribed power: this tariff does not charge for it, so that a lower peak saves nothing on the bill."
    return template, {}


def _make_monthly_peak_note() -> Note:
    template = "Power: this tariff bills the metered peak of each month; nothing is subscribed."
    return template, {}


def _make_subscription_note(scenario: Scenario) -> Note:
    if scenario.subscribed_kva == CONNECTION:
        template = "Subscribed power: all that the connection carries, so that no strategy can save on it."
        return template, {}
    if scenario.subscribed_kva == AUTO:
        template = "Subscribed power: for each strategy the metered peak of a simulated year (one week a month)."
        return template, {}
    template = "Subscribed power: {kva} kVA."
    return template, {"kva": float(scenario.subscribed_kva)}


def _make_metering_note(scenario: Scenario) -> Note:
    template = (
        "Metered power: mean over {minutes} min, at a power factor of {factor} (assumption); longer steps count as "
        "they are."
    )
    return template, {"minutes": scenario.metering_interval_min, "factor": scenario.power_factor}


def _make_excess_note(scenario: Scenario) -> Note:
    template = (
        "Assumption: each kVA of a month's peak above the subscribed power costs {factor} times a subscribed one; "
        "ONEE's rule was not found."
    )
    return template, {"factor": scenario.excess_price_factor}
