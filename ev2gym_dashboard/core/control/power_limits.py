"""Power limits of a step by code: the battery equations, solved once for one length of step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Codes, Floats
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.fleet.battery import (
    FULL_SOC,
    TARGET_TOLERANCE_SOC,
    compute_required_soc,
    compute_soc_after_charging,
)
from ev2gym_dashboard.core.fleet.evse import Ratings


@dataclass(frozen=True)
class Rules:
    """Rules of the scenario that every decision follows; ``target_soc`` holds where a vehicle has no other target."""

    target_soc: float
    reserve_soc: float
    departure_guard: bool


@dataclass(frozen=True)
class StepLimits:
    """Constants of a step, each (codes,), which spare most vehicles an exponential.

    Parameters
    ----------
    ratings : ratings that the constants derive from
    timestep_h : length of the step [h]
    target_soc : SOC that drivers need at departure
    sufficient_soc : SOC with which this target counts as met
    gain : SOC gained in a step below the taper
    taper_gain : share of the distance to full that a step in the taper gains
    kw_per_gain, kw_per_use : mean power at the grid side that gains or gives back a SOC of 1 in a step [kW]
    capacity_kw : mean power that fills the empty battery in a step, at the battery [kW]
    no_v2g_reason : `Reason` why a code never discharges, 0 if it can
    reason_table : (reasons, codes), row r holds reason r for every code, except that charging is deferred only where
        the EVSE can charge the model
    required_soc : upper bound of the required SOC, extrapolated to the departure at full power
    common_target_soc : the target SOC of all codes, None if they have different ones
    """

    ratings: Ratings
    timestep_h: float
    target_soc: Floats
    sufficient_soc: Floats
    gain: Floats
    taper_gain: Floats
    kw_per_gain: Floats
    kw_per_use: Floats
    capacity_kw: Floats
    required_soc: Floats
    no_v2g_reason: NDArray[np.uint8]
    reason_table: NDArray[np.uint8]
    common_target_soc: float | None

    def compute_headroom(self, soc: Floats, code: Codes, gain: Floats) -> Floats:
        """Return the SOC (n,) that a step at full power gains, exactly, stopping at `FULL_SOC`."""
        taper_soc = self.ratings.taper_soc.take(code)
        headroom = np.minimum(gain, (1.0 - soc) * self.taper_gain.take(code))
        # Only a step that crosses into the taper needs the exact solution: on either side the smaller gain is exact.
        crossing = np.flatnonzero((soc < taper_soc) & (soc + gain > taper_soc))
        if crossing.size:
            headroom[crossing] = self._compute_exact_gain(soc[crossing], code[crossing])
        return np.minimum(headroom, np.maximum(FULL_SOC - soc, 0.0))

    def compute_reachable_soc(self, soc: Floats, code: Codes, n_steps: NDArray[np.integer]) -> Floats:
        """Return the SOC (n,) after some steps at full power, which may exceed `FULL_SOC`."""
        return compute_soc_after_charging(
            soc,
            rate_per_h=self.gain[code] / self.timestep_h,
            taper_soc=self.ratings.taper_soc[code],
            duration_h=n_steps * self.timestep_h,
        )

    def find_required_soc(self, hours_left: Floats, code: Codes) -> Floats:
        """Return the SOC (n,) from which full power just meets the target in the time left."""
        return compute_required_soc(
            self.sufficient_soc[code],
            hours_left=hours_left,
            rate_per_h=self.gain[code] / self.timestep_h,
            taper_soc=self.ratings.taper_soc[code],
        )

    def find_target_soc(self, code: Codes) -> float | Floats:
        """Return the target SOC of each vehicle, (n,), or the one that all codes share."""
        # Most sites have one target, which spares them the gather and keeps arithmetic with it scalar.
        return self.common_target_soc if self.common_target_soc is not None else self.target_soc.take(code)

    def _compute_exact_gain(self, soc: Floats, code: Codes) -> Floats:
        rate_per_h, taper_soc = self.gain[code] / self.timestep_h, self.ratings.taper_soc[code]
        return (
            compute_soc_after_charging(soc, rate_per_h=rate_per_h, taper_soc=taper_soc, duration_h=self.timestep_h)
            - soc
        )


def make_step_limits(
    ratings: Ratings, rules: Rules, *, timestep_h: float, target_soc: Floats | None = None
) -> StepLimits:
    """Return the constants of a step.

    Parameters
    ----------
    ratings : ratings of all codes
    rules : rules of the scenario
    timestep_h : length of the step [h]
    target_soc : (codes,) target of each code where they differ; None for that of the rules

    Notes
    -----
    In the taper ``1 - soc`` decays with ``lambda = rate / (1 - taper_soc)``, so a step gains ``1 - exp(-lambda * dt)``
    of it. Below the taper the constant gain is the smaller one of the two, except in the step that crosses.
    Backwards from the departure, the required SOC falls by ``rate`` per hour at most: the straight line back from
    ``top + rate * tapered_h`` is an upper bound, and exact below the taper.
    """
    rate_per_h = ratings.charge_kw * ratings.charge_efficiency / ratings.capacity_kwh
    to_full = np.maximum(1.0 - ratings.taper_soc, np.finfo(float).tiny)
    common_target_soc = rules.target_soc if target_soc is None else None
    target_soc = np.full(len(ratings.charge_kw), rules.target_soc) if target_soc is None else target_soc
    sufficient_soc = compute_sufficient_soc(target_soc)
    top = np.minimum(ratings.taper_soc, sufficient_soc)
    tapered_soc = (1.0 - ratings.taper_soc) * np.log((1.0 - top) / (1.0 - sufficient_soc))
    return StepLimits(
        ratings=ratings,
        timestep_h=timestep_h,
        target_soc=target_soc,
        sufficient_soc=sufficient_soc,
        gain=rate_per_h * timestep_h,
        # expm1 keeps the digits of a small gain; the bound keeps the exponent in range for a taper of almost no width.
        taper_gain=-np.expm1(-np.minimum(rate_per_h * timestep_h / to_full, 700.0)),
        kw_per_gain=ratings.capacity_kwh / ratings.charge_efficiency / timestep_h,
        kw_per_use=ratings.capacity_kwh * ratings.discharge_efficiency / timestep_h,
        capacity_kw=ratings.capacity_kwh / timestep_h,
        required_soc=top + tapered_soc,
        no_v2g_reason=_find_no_v2g_reasons(ratings),
        reason_table=_make_reason_table(ratings),
        common_target_soc=common_target_soc,
    )


def compute_sufficient_soc(target_soc: Floats) -> Floats:
    """Return the SOC from which on a target counts as met: for guard, laxity, reasons and unserved energy."""
    return target_soc - TARGET_TOLERANCE_SOC


def _make_reason_table(ratings: Ratings) -> NDArray[np.uint8]:
    table = np.repeat(np.arange(len(Reason), dtype=np.uint8)[:, None], len(ratings.charge_kw), axis=1)
    table[Reason.DEFERRED, ratings.charge_kw <= 0.0] = Reason.CANNOT_CHARGE
    return table


def _find_no_v2g_reasons(ratings: Ratings) -> NDArray[np.uint8]:
    able = ratings.discharge_kw > 0.0
    # Code 0 is unplugged and belongs to no model.
    capable = np.repeat(ratings.v2g_capable, ratings.n_kinds)
    # All codes but the first one are repeated where vehicles have further targets.
    capable = np.concatenate([[False], np.resize(capable, len(able) - 1)])
    return np.where(able, 0, np.where(capable, Reason.ONE_WAY_EVSE, Reason.NOT_CAPABLE)).astype(np.uint8)
