"""Control by external setpoints: a share of the rated power per vehicle model, or per slot."""

from __future__ import annotations

import math

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.control.setpoints import (
    Setpoints,
    SlotSetpoints,
    request_setpoint_power,
    request_slot_power,
    requests_v2g_by_setpoint,
    requests_v2g_by_slot,
)
from ev2gym_dashboard.core.control.step import Control
from ev2gym_dashboard.core.engine.engine import Engine
from ev2gym_dashboard.core.fleet.evse import UNPLUGGED, Ratings


def make_setpoint_control(ratings: Ratings, shares: Floats, *, v2g: bool, site_cap_kw: float = math.inf) -> Control:
    """Return the control that requests a share of the rated power of each vehicle at its EVSE.

    Parameters
    ----------
    ratings : those of the engine
    shares : (models,) from -1, V2G at rated power, to 1, charging at rated power
    v2g : the V2G switch
    site_cap_kw : net load that charging must not exceed [kW]
    """
    power_kw = np.zeros(len(ratings.charge_kw))
    # The codes of models and EVSEs are repeated where vehicles have further targets.
    by_code = np.resize(np.repeat(shares, ratings.n_kinds), len(power_kw) - 1)
    # Code 0 is a vehicle without an EVSE, which gets no power.
    power_kw[UNPLUGGED + 1 :] = np.where(by_code > 0.0, ratings.charge_kw[1:], ratings.discharge_kw[1:]) * by_code
    return Control(
        request_power=request_setpoint_power,
        requests_v2g=requests_v2g_by_setpoint,
        idle_reason=Reason.NO_NEED,
        params=Setpoints(power_kw),
        v2g=v2g,
        site_cap_kw=site_cap_kw,
    )


def make_slot_control(
    engine: Engine, shares: Floats, slots_by: int, *, v2g: bool, site_cap_kw: float = math.inf
) -> Control:
    """Return the control that requests the share of its slot of the rated power of each vehicle at its EVSE.

    Parameters
    ----------
    engine : run that the control is for
    shares : (slots,) from -1, V2G at rated power, to 1, charging at rated power; they may be written between steps
    slots_by : `BY_MODEL`, `BY_EVSE`, `BY_VEHICLE` or `BY_URGENCY`
    v2g : the V2G switch
    site_cap_kw : net load that charging must not exceed [kW]
    """
    ratings = engine.limits.ratings
    return Control(
        request_power=request_slot_power,
        requests_v2g=requests_v2g_by_slot,
        idle_reason=Reason.NO_NEED,
        params=SlotSetpoints(
            shares, slots_by, engine.state.evse, ratings.charge_kw, ratings.discharge_kw, ratings.n_kinds
        ),
        v2g=v2g,
        site_cap_kw=site_cap_kw,
    )
