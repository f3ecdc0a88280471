"""Installation: the EVSEs of a site by kind, and the vehicles that may use them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ev2gym_dashboard.core.arrays import Booleans, Counts, Floats
from ev2gym_dashboard.core.evse_groups import EvseGroup
from ev2gym_dashboard.core.fleet.evse import EVSE_KINDS, EvseKind, EvseType, apportion, compute_kind_weights
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_options import EVSE_SHARES


@dataclass(frozen=True, eq=False)
class Installation:
    """The EVSEs of a site; its number i has kind ``np.repeat(kinds, counts)[i]``.

    Parameters
    ----------
    kinds : kinds of EVSE, k of them; declared groups are kinds of their own
    labels : (k,) name of each kind
    weights : (k,) share of each kind before it is rounded to whole EVSEs, of any sum
    counts : (k,) number of EVSEs of each kind
    places : (k,) place whose vehicles use them, empty for all; none if all kinds are for all
    names : (n_evse,) name of each EVSE; empty where they are named after their kinds
    """

    kinds: tuple[EvseKind, ...]
    labels: tuple[str, ...]
    weights: Floats
    counts: Counts
    places: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def find_usable(self, n_models: int, *, model_places: Sequence[str] = ()) -> Booleans:
        """Return whether the site has EVSEs of a kind which vehicles of a model may use, (models, kinds).

        ``model_places`` are the places at which the vehicles of each model park; without them, all use all EVSEs.
        """
        is_present: Booleans = np.broadcast_to(self.counts > 0, (n_models, len(self.kinds)))
        if not any(self.places) or not model_places:
            return is_present
        own = [[place in ("", model_place) for place in self.places] for model_place in model_places]
        return is_present & np.array(own, np.bool_)

    def list_names(self) -> list[str]:
        """Return the name of each EVSE, by its number: that of its kind, and its number within the kind."""
        if self.names:
            return list(self.names)
        return [
            f"{label} #{i}" for label, n in zip(self.labels, self.counts.tolist(), strict=True) for i in range(1, n + 1)
        ]

    def find_name(self, evse: int) -> str:
        """Return the name of one EVSE, as `list_names`: a large site has a million of them."""
        if self.names:
            return self.names[evse]
        last = np.cumsum(self.counts)
        kind = int(np.searchsorted(last, evse, side="right"))
        return f"{self.labels[kind]} #{evse + 1 - int(last[kind] - self.counts[kind])}"


def install_evses(scenario: Scenario) -> Installation:
    """Return the EVSEs that a valid scenario declares: those of its site, without those that its sessions name."""
    if scenario.evse_groups:
        n_at_file = len(scenario.sessions.evse_ids) if scenario.sessions and scenario.queues_sessions else 0
        return _install_groups(scenario.evse_groups, scenario.n_evse - n_at_file)
    shares = tuple(getattr(scenario, name) for name in EVSE_SHARES)
    weights = compute_kind_weights(shares, bidirectional_share=scenario.bidirectional_share)
    labels = tuple(format_kind(kind) for kind in EVSE_KINDS)
    return Installation(EVSE_KINDS, labels, weights, apportion(weights, scenario.n_evse))


def format_kind(kind: EvseKind) -> str:
    """Return the name of a kind, such as "AC 7.4 kW" or "DC 50 kW V2G"."""
    evse, bidirectional = kind
    # The nominal power: 3 x 32 A are 22.08 kW, and nobody says so.
    power = {"ac_7": "7.4", "ac_11": "11", "ac_22": "22"}.get(evse.key, f"{evse.power_kw:g}")
    return f"{'AC' if evse.phases else 'DC'} {power} kW" + (" V2G" if bidirectional else "")


def _install_groups(groups: tuple[EvseGroup, ...], n_evse: int) -> Installation:
    weights = np.array([group.amount for group in groups])
    # Numbers are whole; shares are rounded to whole EVSEs by the largest remainder.
    counts = apportion(weights, n_evse) if n_evse else np.zeros(len(groups), np.int64)
    kinds = tuple(
        EvseKind(EvseType(group.kind, group.phases, group.current_a, group.rated_kw), group.bidirectional)
        for group in groups
    )
    return Installation(kinds, _number_labels(groups), weights, counts, tuple(group.place for group in groups))


def _number_labels(groups: tuple[EvseGroup, ...]) -> tuple[str, ...]:
    """Return the labels of groups; of those with the same label, the later ones get a number."""
    labels = [group.label for group in groups]
    return tuple(
        label if labels.index(label) == i else f"{label} ({labels[: i + 1].count(label)})"
        for i, label in enumerate(labels)
    )
