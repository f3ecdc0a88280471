"""Site EVSEs: the number of EVSEs of a scenario by type, and whether it is rounded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ev2gym_dashboard.core.fleet.evse import EVSE_KINDS, EVSE_TYPES, apportion, compute_kind_weights
from ev2gym_dashboard.core.scenario import EVSE_SHARES, Scenario

EXACT = 1e-6
"""Relative difference that is a rounding error of the arithmetic, not a rounding of EVSEs."""


@dataclass(frozen=True)
class SiteEvses:
    """The EVSEs of a site.

    Parameters
    ----------
    exact : number of EVSEs before rounding
    total, bidirectional : number of EVSEs, and of bidirectional ones
    by_type : number of EVSEs by key of `EVSE_TYPES`
    is_total_rounded : whether the total differs from ``exact``
    are_kinds_rounded : whether the number of a kind differs from its exact share of the total
    """

    exact: float
    total: int
    bidirectional: int
    by_type: dict[str, int]
    is_total_rounded: bool
    are_kinds_rounded: bool

    def to_dict(self) -> dict[str, float]:
        """Return the numbers by name."""
        return {"exact": self.exact, "total": self.total, "bidirectional": self.bidirectional, **self.by_type}


def summarize_evses(scenario: Scenario) -> SiteEvses:
    """Return the EVSEs at the site of a scenario."""
    shares = tuple(getattr(scenario, name) for name in EVSE_SHARES)
    weights = compute_kind_weights(shares, bidirectional_share=scenario.bidirectional_share)
    counts, exact = apportion(weights, scenario.n_evse), scenario.exact_evses
    total = int(counts.sum())
    return SiteEvses(
        exact=exact,
        total=total,
        bidirectional=int(counts[[both_ways for _, both_ways in EVSE_KINDS]].sum()),
        by_type={evse.key: int(counts[[other is evse for other, _ in EVSE_KINDS]].sum()) for evse in EVSE_TYPES},
        is_total_rounded=abs(total - exact) > EXACT * max(exact, 1.0),
        are_kinds_rounded=bool(np.any(np.abs(counts - weights / weights.sum() * total) > EXACT * max(total, 1))),
    )
