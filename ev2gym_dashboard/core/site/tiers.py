"""Tiers of monthly consumption, progressive and selective, as pure functions."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Tier:
    """A tier of monthly consumption: its upper bound, included [kWh], and its price, tax included [MAD/kWh]."""

    up_to_kwh: float
    price_mad_kwh: float


def compute_mean_price_mad_kwh(tiers: tuple[Tier, ...], monthly_kwh: float, *, progressive_up_to_kwh: float) -> float:
    """Return the mean price of a month's kWh under tiers.

    Parameters
    ----------
    tiers : the tiers, rising, the last without an upper bound
    monthly_kwh : monthly import of the site; at 0 the first tier counts [kWh]
    progressive_up_to_kwh : monthly import up to which each kWh costs the price of its own tier [kWh]

    Returns
    -------
    the price [MAD/kWh]
    """
    if not 0.0 <= monthly_kwh < math.inf:
        raise ValueError(f"monthly_kwh must be finite and not below 0, not {monthly_kwh}")
    # Above this bound the tariff is selective: the tier reached prices all of the consumption.
    if 0.0 < monthly_kwh <= progressive_up_to_kwh:
        return _compute_progressive_mad_kwh(tiers, monthly_kwh)
    return find_marginal_price_mad_kwh(tiers, monthly_kwh)


def find_marginal_price_mad_kwh(tiers: tuple[Tier, ...], monthly_kwh: float) -> float:
    """Return the price of the tier that a monthly import [kWh] reaches [MAD/kWh]."""
    return next(tier.price_mad_kwh for tier in tiers if monthly_kwh <= tier.up_to_kwh)


def _compute_progressive_mad_kwh(tiers: tuple[Tier, ...], monthly_kwh: float) -> float:
    floors = (0.0, *(tier.up_to_kwh for tier in tiers))
    kwh_by_tier = (
        (max(min(monthly_kwh, tier.up_to_kwh) - floor, 0.0), tier) for floor, tier in zip(floors, tiers, strict=False)
    )
    return sum(kwh / monthly_kwh * tier.price_mad_kwh for kwh, tier in kwh_by_tier)
