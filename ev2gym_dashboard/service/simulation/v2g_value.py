"""What V2G is worth: saved on the bill, less losses, less wear; and why it is, or is not, under this tariff."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.service.simulation.battery_wear import compute_battery_wear
from ev2gym_dashboard.service.simulation.simulation import Simulation

MAX_OWED_SHARE = 0.2
"""From this share of what was given back on, too much of it is still to be charged again for a verdict."""

VALUE_VERDICTS = {
    "open": "Too early to say whether V2G is worth it: much of what the vehicles gave back is still to be charged "
    "again, and wears them then.",
    "worth": "V2G is worth it under this tariff: what it saves on the bill exceeds its losses and its wear.",
    "not_used": "V2G is not worth anything here: the strategy never called for it, or no vehicle could give any.",
    "no_spread": "V2G is not worth it under this tariff: prices differ by less than a kWh stored and given back costs.",
    "wear": "V2G is not worth it under this tariff: it saves on the bill, but its wear costs more.",
    "bill": "V2G is not worth it under this tariff: its losses and its timing take away what it saves on the bill.",
}
"""Sentences (msgids) by verdict."""


@dataclass(frozen=True)
class V2gValue:
    """The value of V2G since the start of a run, against the same strategy without it.

    Parameters
    ----------
    bill_mad : saved on the bill, energy left in the batteries apart [MAD]
    stored_mad : what the batteries hold more, or less if negative, at the lowest price and its charging loss, without
        the wear of charging it [MAD]
    wear_mad : what the batteries wear more [MAD]
    net_mad : bill_mad + stored_mad - wear_mad
    loss_mad : what the additional losses cost, contained in the bill [MAD]
    v2g_kwh : energy given back at the EVSEs [kWh]
    spread_mad_kwh : highest less lowest price so far [MAD/kWh]
    breakeven_mad_kwh : spread at which a kWh given back pays for its losses and its wear [MAD/kWh]
    per_model_mad : net_mad by model, at the price of import
    verdict : key of `VALUE_VERDICTS`
    """

    bill_mad: float
    stored_mad: float
    wear_mad: float
    net_mad: float
    loss_mad: float
    v2g_kwh: float
    spread_mad_kwh: float
    breakeven_mad_kwh: float
    per_model_mad: Floats
    verdict: str


def compute_v2g_value(run: Simulation, without_v2g: Simulation) -> V2gValue:
    """Compare a run with the same one without V2G, on the same arrivals."""
    ours, theirs = run.kpis, without_v2g.kpis
    prices = run.engine.records.series["price_mad_kwh"] or [0.0]
    low, high = min(prices), max(prices)
    stored_by_model = _compute_stored_kwh(run) - _compute_stored_kwh(without_v2g)
    owed_kwh = -float(stored_by_model.sum())
    wear_by_model = _compute_wear_mad(run) - _compute_wear_mad(without_v2g)
    bill, wear = theirs["cost_mad"] - ours["cost_mad"], float(wear_by_model.sum())
    efficiency = _compute_charge_efficiency(ours)
    stored = -owed_kwh * low / efficiency
    energy_saved = without_v2g.engine.models.energy_cost_mad - run.engine.models.energy_cost_mad
    breakeven = _compute_breakeven(ours, low, wear)
    net = bill + stored - wear
    return V2gValue(
        bill_mad=bill,
        stored_mad=stored,
        wear_mad=wear,
        net_mad=net,
        loss_mad=(ours["loss_kwh"] - theirs["loss_kwh"]) * low,
        v2g_kwh=ours["v2g_kwh"],
        spread_mad_kwh=high - low,
        breakeven_mad_kwh=breakeven,
        per_model_mad=energy_saved + stored_by_model * low / efficiency - wear_by_model,
        verdict="open"
        if owed_kwh > MAX_OWED_SHARE * ours["v2g_kwh"]
        else _choose_verdict(ours["v2g_kwh"], net, bill + stored, high - low, breakeven),
    )


def _choose_verdict(v2g_kwh: float, net_mad: float, saved_mad: float, spread: float, breakeven: float) -> str:
    if v2g_kwh <= 0.0:
        return "not_used"
    if net_mad > 0.0:
        return "worth"
    if spread < breakeven:
        return "no_spread"
    return "wear" if saved_mad > 0.0 else "bill"


def _compute_breakeven(kpis: dict[str, float], low_mad_kwh: float, wear_mad: float) -> float:
    """Return the spread at which a kWh given back pays: it takes 1 / round trip at the low price, and the wear."""
    if kpis["v2g_kwh"] <= 0.0:
        return 0.0
    discharge_efficiency = kpis["v2g_kwh"] / (kpis["v2g_kwh"] + kpis["discharge_loss_kwh"])
    round_trip = _compute_charge_efficiency(kpis) * discharge_efficiency
    return low_mad_kwh * (1.0 / round_trip - 1.0) + wear_mad / kpis["v2g_kwh"]


def _compute_charge_efficiency(kpis: dict[str, float]) -> float:
    return 1.0 - kpis["charge_loss_kwh"] / kpis["g2v_kwh"] if kpis["g2v_kwh"] > 0.0 else 1.0


def _compute_stored_kwh(simulation: Simulation) -> Floats:
    fleet = simulation.engine.fleet
    return fleet.sum_by_model(simulation.engine.state.soc) * fleet.capacity_kwh


def _compute_wear_mad(simulation: Simulation) -> Floats:
    return np.asarray(simulation.engine.fleet.sum_by_model(compute_battery_wear(simulation.engine).cost_mad))
