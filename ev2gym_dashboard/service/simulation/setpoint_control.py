"""Control by external setpoints: a share of the rated power per vehicle model."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.control.observation import StepView
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.control.step import Control
from ev2gym_dashboard.core.fleet.evse import UNPLUGGED, Ratings
from ev2gym_dashboard.core.site.moment import Moment


@dataclass(frozen=True)
class Setpoints:
    """Requested power by code of model and EVSE, (codes,) [kW]; V2G stops at the reserve of the scenario."""

    power_kw: Floats
    v2g_min_soc: float = 0.0


def make_setpoint_control(ratings: Ratings, shares: Floats, *, v2g: bool, site_cap_kw: float = math.inf) -> Control:
    """Return the control that requests a share of the rated power of each vehicle at its EVSE.

    Parameters
    ----------
    ratings : those of the engine
    shares : (models,) from -1, V2G at rated power, to 1, charging at rated power
    v2g : the V2G switch
    site_cap_kw : net load that charging must not exceed [kW]
    """
    by_code = np.repeat(shares, ratings.n_kinds)
    power_kw = np.zeros(len(ratings.charge_kw))
    # Code 0 is a vehicle without an EVSE, which gets no power.
    power_kw[UNPLUGGED + 1 :] = np.where(by_code > 0.0, ratings.charge_kw[1:], ratings.discharge_kw[1:]) * by_code
    return Control(
        request_power=_request_setpoint_power,
        requests_v2g=_requests_v2g,
        idle_reason=Reason.NO_NEED,
        params=Setpoints(power_kw),
        v2g=v2g,
        site_cap_kw=site_cap_kw,
    )


def _request_setpoint_power(view: StepView, params: Setpoints) -> Floats:
    return params.power_kw.take(view.code)


def _requests_v2g(moment: Moment, params: Setpoints) -> bool:  # noqa: ARG001 (every strategy has this signature)
    return bool((params.power_kw < 0.0).any())
