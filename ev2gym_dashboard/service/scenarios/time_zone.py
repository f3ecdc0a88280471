"""Local time of a zone, summer time included."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ev2gym_dashboard.core.site.legal_time import convert_to_legal_time

LEGAL_ZONES = ("Africa/Casablanca", "Africa/El_Aaiun")


def convert_to_zone(time: NDArray[np.datetime64], zone: str) -> NDArray[np.datetime64]:
    """Return the local time of a zone at times in UTC, both (k,) to the minute."""
    if zone in LEGAL_ZONES:
        # The tables of an older system do not know that Morocco left UTC+1 on 20 September 2026.
        return convert_to_legal_time(time)
    if zone == "UTC":
        return time
    import pandas as pd  # noqa: PLC0415

    local = pd.DatetimeIndex(time, tz="UTC").tz_convert(zone).tz_localize(None)
    minutes: NDArray[np.datetime64] = local.to_numpy().astype("datetime64[m]")
    return minutes
