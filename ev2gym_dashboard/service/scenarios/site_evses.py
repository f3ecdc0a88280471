"""Site EVSEs: the number of EVSEs of a scenario by type, and whether it is rounded."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ev2gym_dashboard.core.fleet.evse import EVSE_TYPES
from ev2gym_dashboard.core.fleet.installation import Installation, install_evses
from ev2gym_dashboard.core.fleet.session_evses import install_session_evses
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
    installed, exact = find_installation(scenario), scenario.exact_evses
    counts, weights = installed.counts, installed.weights
    total = int(counts.sum())
    kind_shares = weights / max(weights.sum(), EXACT)
    return SiteEvses(
        exact=exact,
        total=total,
        bidirectional=int(counts[[both_ways for _, both_ways in installed.kinds]].sum()),
        by_type=_count_by_label(installed) if is_declared(scenario) else _count_by_type(installed),
        is_total_rounded=abs(total - exact) > EXACT * max(exact, 1.0),
        are_kinds_rounded=bool(np.any(np.abs(counts - kind_shares * total) > EXACT * max(total, 1))),
    )


def is_declared(scenario: Scenario) -> bool:
    """Return whether the kinds of EVSE are those of a declaration or of sessions, and not the standard ones."""
    return bool(scenario.evses) or scenario.sessions is not None


@lru_cache(maxsize=16)
def find_installation(scenario: Scenario) -> Installation:
    """Return the EVSEs at the site of a valid scenario, those of its sessions included."""
    if scenario.sessions is None:
        return install_evses(scenario)
    return install_session_evses(scenario, scenario.sessions).installation


def _count_by_type(installed: Installation) -> dict[str, int]:
    return {
        evse.key: int(installed.counts[[other is evse for other, _ in installed.kinds]].sum()) for evse in EVSE_TYPES
    }


def _count_by_label(installed: Installation) -> dict[str, int]:
    counts: dict[str, int] = {}
    for label, count in zip(installed.labels, installed.counts.tolist(), strict=True):
        # Those of sessions may have kinds without an EVSE, and the kind of a declared group again.
        if count or not installed.names:
            counts[label] = counts.get(label, 0) + count
    return counts
