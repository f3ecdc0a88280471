"""Site EVSEs: the number of EVSEs of a scenario by type, and whether it is rounded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ev2gym_dashboard.core.fleet.evse import EVSE_TYPES
from ev2gym_dashboard.core.fleet.installation import Installation, install_evses
from ev2gym_dashboard.core.scenario import Scenario

EXACT = 1e-6
"""Relative difference that is a rounding error of the arithmetic, not a rounding of EVSEs."""


@dataclass(frozen=True)
class SiteEvses:
    """The EVSEs of a site.

    Parameters
    ----------
    exact : number of EVSEs before rounding
    total, bidirectional : number of EVSEs, and of bidirectional ones
    by_type : number of EVSEs by key of `EVSE_TYPES`, or by label of the declared groups
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
    installed, exact = install_evses(scenario), scenario.exact_evses
    counts, weights = installed.counts, installed.weights
    total = int(counts.sum())
    kind_shares = weights / max(weights.sum(), EXACT)
    return SiteEvses(
        exact=exact,
        total=total,
        bidirectional=int(counts[[both_ways for _, both_ways in installed.kinds]].sum()),
        by_type=_count_by_label(installed) if scenario.evses else _count_by_type(installed),
        is_total_rounded=abs(total - exact) > EXACT * max(exact, 1.0),
        are_kinds_rounded=bool(np.any(np.abs(counts - kind_shares * total) > EXACT * max(total, 1))),
    )


def _count_by_type(installed: Installation) -> dict[str, int]:
    return {
        evse.key: int(installed.counts[[other is evse for other, _ in installed.kinds]].sum()) for evse in EVSE_TYPES
    }


def _count_by_label(installed: Installation) -> dict[str, int]:
    return dict(zip(installed.labels, installed.counts.tolist(), strict=True))
