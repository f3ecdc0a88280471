"""EVSE fit: the kinds of EVSE that serve each vehicle model, and the match of waiting vehicles with free EVSEs."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.arrays import Booleans, Indices, Kinds
from ev2gym_dashboard.core.fleet.evse import Ratings

KindMasks = NDArray[np.int64]
"""Sets of kinds of EVSE: bit ``kind`` is set if the kind belongs to the set."""
MAX_KINDS = 62
"""Kinds of EVSE at a site: their bits, from 1 on, fit `KindMasks`."""


@dataclass(frozen=True)
class EvseFit:
    """The kinds of EVSE that vehicles of each model are plugged into, of the kinds at a site.

    Parameters
    ----------
    kind_masks : (models,) kinds that charge the model; without any, those at which it discharges
    chargeable : (models,) whether an EVSE of the site charges the model
    """

    kind_masks: KindMasks
    chargeable: Booleans

    def match(self, models: NDArray[np.integer], kinds: Kinds) -> Indices:
        """Match waiting vehicles with free EVSEs: first come, first served among those that fit.

        Parameters
        ----------
        models : (n,) models of the waiting vehicles, in the order of the queue
        kinds : (m,) kinds of the free EVSEs, in their order

        Returns
        -------
        (n,) position in ``kinds`` of the EVSE that each vehicle takes, -1 for none
        """
        masks, chargeable = self.kind_masks[models], self.chargeable[models]
        if chargeable.all():
            return match_evses(masks, kinds)
        # Models that only discharge come last: they take no EVSE that charges another waiting vehicle.
        order = np.argsort(~chargeable, kind="stable")
        positions = np.empty(len(models), np.intp)
        positions[order] = match_evses(masks[order], kinds)
        return positions


def find_evse_fit(ratings: Ratings, is_usable: Booleans, *, is_present: Booleans) -> EvseFit | None:
    """Return the fit of models and EVSEs at a site, None if every EVSE charges every vehicle, or there is none.

    Parameters
    ----------
    ratings : ratings of all codes
    is_usable : (models, kinds) whether the site has EVSEs of the kind, which vehicles of the model may use
    is_present : (models,) whether the fleet has vehicles of the model
    """
    charges, discharges = (ratings.reshape_by_model(kw) > 0.0 for kw in (ratings.charge_kw, ratings.discharge_kw))
    installed = is_usable.any(axis=0)
    # The order of arrival alone decides where all fit: such sites pay nothing for the match.
    if not installed.any() or (charges & is_usable)[np.ix_(is_present, installed)].all():
        return None
    chargeable: Booleans = np.logical_or.reduce(charges & is_usable, axis=1)
    served = np.where(chargeable[:, None], charges, discharges) & is_usable
    bits: KindMasks = np.left_shift(1, np.arange(1, ratings.n_kinds + 1))
    masks: KindMasks = served.astype(np.int64) @ bits
    return EvseFit(masks, chargeable)


def match_evses(masks: KindMasks, kinds: Kinds) -> Indices:
    """Return the position of the first free EVSE that fits each vehicle, in turn, (n,); -1 for none.

    Parameters
    ----------
    masks : (n,) kinds that each vehicle accepts, in the order of the queue
    kinds : (m,) kinds of the free EVSEs, in their order
    """
    positions = np.full(len(masks), -1, np.intp)
    queues = _group_evses(masks, kinds)
    vehicles = np.flatnonzero(masks & sum(queues))
    accepted = {
        mask: [queue for group, queue in queues.items() if mask & group] for mask in np.unique(masks[vehicles]).tolist()
    }
    chosen = [-1] * len(vehicles)
    # Each choice depends on the ones before it, so that the vehicles are passed one by one; the kinds that all of them
    # accept alike share a queue, so that most choose between two.
    for i, mask in enumerate(masks[vehicles].tolist()):
        fitting = accepted[mask]
        if not fitting:
            continue
        # Queues of positions compare by their first one.
        queue = fitting[0] if len(fitting) == 1 else min(fitting)
        chosen[i] = queue.popleft()
        if not queue:
            accepted = {key: [other for other in others if other] for key, others in accepted.items()}
            if not any(accepted.values()):
                break
    positions[vehicles] = chosen
    return positions


def _group_evses(masks: KindMasks, kinds: Kinds) -> dict[int, deque[int]]:
    """Return the positions of the free EVSEs, in their order, by the mask of kinds that the vehicles accept alike."""
    distinct = np.unique(masks).tolist()
    groups: dict[tuple[int, ...], int] = {}
    for kind in np.flatnonzero(np.bincount(kinds)).tolist():
        fits = tuple(mask >> kind & 1 for mask in distinct)
        groups[fits] = groups.get(fits, 0) | 1 << kind
    bits = np.left_shift(1, np.arange(int(kinds.max(initial=0)) + 1))
    # No more EVSEs than vehicles: most of a large site's are free during the day.
    return {
        group: deque(np.flatnonzero(((bits & group) > 0).take(kinds))[: len(masks)].tolist())
        for fits, group in groups.items()
        if any(fits)
    }
