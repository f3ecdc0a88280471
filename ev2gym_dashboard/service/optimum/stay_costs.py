"""Stay costs: what missing energy costs at a departure, which depends on the SOC at the arrival, as convex costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Booleans, Floats
from ev2gym_dashboard.core.control.power_limits import StepLimits

TOLERANCE_SOC = 1e-9


@dataclass(frozen=True, eq=False)
class DueEnergy:
    """Energy that is due at departures, each (s,), as SOC.

    Parameters
    ----------
    limits : constants of a step
    code : code of model and EVSE, without an EVSE that of the fastest one
    n_steps : steps from the arrival to the departure
    is_plugged, is_closed : whether the vehicle gets an EVSE, and leaves within the run
    known_soc : SOC expected at the departure where it is known already, NaN elsewhere
    """

    limits: StepLimits
    code: NDArray[np.intp]
    n_steps: NDArray[np.int64]
    is_plugged: Booleans
    is_closed: Booleans
    known_soc: Floats

    @property
    def sufficient_soc(self) -> Floats:
        """SOC with which the target counts as met, (s,)."""
        return self.limits.sufficient_soc[self.code]

    def expect_soc(self, soc: Floats) -> Floats:
        """Return the SOC that drivers can expect at departure, if they arrive with some SOC, both (s,)."""
        reachable_soc = self.limits.compute_reachable_soc(soc, self.code, self.n_steps)
        expected_soc = np.minimum(self.sufficient_soc, reachable_soc)
        return np.where(np.isnan(self.known_soc), expected_soc, self.known_soc)


@dataclass(frozen=True, eq=False)
class DueCosts:
    """Costs of missing energy as the answer to prices reads them, each (s,), per SOC at a price of 1.

    Parameters
    ----------
    due_soc, due_price : SOC due at the departure, and the price of what is missing to it
    departure_slope : slope of a further cost in the SOC at the departure
    arrival_cost, arrival_slope : cost at the arrival, and its slope in the SOC then
    """

    due_soc: Floats
    due_price: Floats
    departure_slope: Floats
    arrival_cost: Floats
    arrival_slope: Floats


def expect_due_costs(due: DueEnergy, usual_soc: Floats) -> DueCosts:
    """Return the costs of missing energy, if vehicles arrive with their usual SOC, (s,)."""
    return _make_kinked_costs(due, usual_soc, due.expect_soc(usual_soc))


def bound_due_costs(due: DueEnergy, usual_soc: Floats, lowest_soc: Floats, highest_soc: Floats) -> DueCosts:
    """Return costs of missing energy that no strategy is below, whatever SOC (s,) its vehicles arrive with.

    Notes
    -----
    Missing is ``max(expected(a) - d, 0)``, with the SOC ``a`` at the arrival, ``d`` at the departure, and what is
    expected concave and rising in ``a``. Where every arrival in the range can expect the target, that is it. Where the
    usual arrival cannot, a line below what is expected, less ``d``, is a lower bound; and an exact one as long as the
    vehicle leaves with no more than that. Elsewhere, the lowest arrival counts.
    """
    lowest = due.expect_soc(lowest_soc)
    slope = np.divide(
        due.expect_soc(highest_soc) - lowest,
        highest_soc - lowest_soc,
        out=np.zeros(len(lowest)),
        where=highest_soc > lowest_soc + TOLERANCE_SOC,
    )
    is_short = due.expect_soc(usual_soc) < due.sufficient_soc - TOLERANCE_SOC
    is_linear = due.is_closed & due.is_plugged & is_short & (highest_soc > lowest_soc + TOLERANCE_SOC)
    kinked = _make_kinked_costs(due, lowest_soc, lowest)
    return DueCosts(
        due_soc=kinked.due_soc,
        due_price=np.where(is_linear, 0.0, kinked.due_price),
        departure_slope=np.where(is_linear, -1.0, 0.0),
        arrival_cost=np.where(is_linear, lowest - slope * lowest_soc, 0.0),
        arrival_slope=np.where(is_linear, slope, 0.0),
    )


def _make_kinked_costs(due: DueEnergy, arrival_soc: Floats, expected_soc: Floats) -> DueCosts:
    """Return the costs of what is missing to the expected SOC of an arrival.

    Without an EVSE the SOC does not change: what is missing is concave in it up to the sufficient SOC and 0 from there
    on, so that the line between is below it.
    """
    to_sufficient = due.sufficient_soc - arrival_soc
    missing = np.maximum(expected_soc - arrival_soc, 0.0)
    share = np.divide(missing, to_sufficient, out=np.zeros(len(missing)), where=to_sufficient > TOLERANCE_SOC)
    zero = np.zeros(len(missing))
    return DueCosts(
        due_soc=np.where(due.is_plugged, expected_soc, due.sufficient_soc),
        due_price=np.where(due.is_closed, np.where(due.is_plugged, 1.0, share), 0.0),
        departure_slope=zero,
        arrival_cost=zero,
        arrival_slope=zero,
    )
