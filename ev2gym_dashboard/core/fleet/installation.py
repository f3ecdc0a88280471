"""Installation: the EVSEs of a site by kind, and the vehicles that may use them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ev2gym_dashboard.core.arrays import Booleans, Counts, Floats
from ev2gym_dashboard.core.fleet.evse import EVSE_KINDS, EvseKind, apportion, compute_kind_weights
from ev2gym_dashboard.core.scenario import EVSE_SHARES, Scenario


@dataclass(frozen=True, eq=False)
class Installation:
    """The EVSEs of a site; its number i has kind ``np.repeat(kinds, counts)[i]``.

    Parameters
    ----------
    kinds : kinds of EVSE, k of them
    weights : (k,) share of each kind before it is rounded to whole EVSEs, of any sum
    counts : (k,) number of EVSEs of each kind
    """

    kinds: tuple[EvseKind, ...]
    weights: Floats
    counts: Counts

    def find_usable(self, n_models: int) -> Booleans:
        """Return whether the site has EVSEs of a kind which vehicles of a model may use, (models, kinds)."""
        return np.broadcast_to(self.counts > 0, (n_models, len(self.kinds)))


def install_evses(scenario: Scenario) -> Installation:
    """Return the EVSEs at the site of a valid scenario."""
    shares = tuple(getattr(scenario, name) for name in EVSE_SHARES)
    weights = compute_kind_weights(shares, bidirectional_share=scenario.bidirectional_share)
    return Installation(EVSE_KINDS, weights, apportion(weights, scenario.n_evse))
