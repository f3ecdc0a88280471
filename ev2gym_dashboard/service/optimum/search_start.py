"""Search start: the prices at which a search begins, those of a similar problem or between two of them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.service.optimum.answers import Answer


@dataclass(frozen=True, eq=False)
class SearchStart:
    """Where a search begins.

    Parameters
    ----------
    price_mad_kwh, power_prices : first prices, see `Mixture`
    prices_mad_kwh : prices whose answers are the first columns, each (steps,)
    answers : those answers
    vehicle_digest : that of the vehicles that gave them, see `Problem`
    """

    price_mad_kwh: Floats
    power_prices: tuple[Floats, ...]
    prices_mad_kwh: list[Floats]
    answers: list[Answer]
    vehicle_digest: str


def blend_starts(first: SearchStart, second: SearchStart, share: float) -> SearchStart:
    """Return the start between two solutions of a site that differ by the price of a goal.

    Parameters
    ----------
    first, second : starts of both; the one whose goal has no price may lack its charge, which is the last one
    share : share of the second one, 0..1
    """
    pairs = zip_longest(first.power_prices, second.power_prices)
    power_prices = ((np.zeros_like(b) if a is None else a, np.zeros_like(a) if b is None else b) for a, b in pairs)
    return SearchStart(
        price_mad_kwh=mix_prices(second.price_mad_kwh, first.price_mad_kwh, share),
        power_prices=tuple(mix_prices(b, a, share) for a, b in power_prices),
        prices_mad_kwh=[*first.prices_mad_kwh, *second.prices_mad_kwh],
        answers=[*first.answers, *second.answers],
        # Those of other vehicles are answered again.
        vehicle_digest=first.vehicle_digest if first.vehicle_digest == second.vehicle_digest else "",
    )


def mix_prices(best: Floats, new: Floats, smoothing: float) -> Floats:
    """Return a share of the best prices, and the rest of new ones."""
    return smoothing * best + (1.0 - smoothing) * new
