"""Control of a strategy: its functions with its own parameters, the V2G switch and the site cap."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from ev2gym_dashboard.core.control.step import Control
from ev2gym_dashboard.service.scenarios.validation import StrategyParams
from ev2gym_dashboard.strategies import STRATEGIES


@dataclass(frozen=True)
class SiteCap:
    """A site cap [kW], infinite for none; whether V2G makes it lower, and whether it was found by trials."""

    cap_kw: float = math.inf
    v2g_lowers_cap: bool = True
    is_found: bool = False


NO_CAP = SiteCap()


def make_control(strategy: str, *, v2g: bool, params: StrategyParams, site_cap: SiteCap = NO_CAP) -> Control:
    """Return the control of a strategy, with its own parameters out of ``params``."""
    entry = STRATEGIES[strategy]
    own_params = {name.partition(".")[2]: value for name, value in select_own_params(strategy, params)}
    control = Control(
        request_power=entry.request_power,
        requests_v2g=entry.requests_v2g,
        idle_reason=entry.idle_reason,
        params=entry.params(**own_params),
        v2g=v2g,
        allocate=entry.allocate,
        shares_power=entry.shares_power,
        site_cap_kw=site_cap.cap_kw,
        memory_rule=entry.memory_rule,
        tabulate=entry.tabulate,
    )
    if entry.cap != "found":
        return control
    params_under_cap = replace(control.params, v2g_lowers_cap=site_cap.v2g_lowers_cap)  # type: ignore[type-var]
    # The trials accept only V2G that leaves no more energy unserved; the connection guard would forbid it in advance.
    return replace(control, params=params_under_cap, guards_connection=not site_cap.is_found)


def select_own_params(strategy: str, params: StrategyParams) -> StrategyParams:
    """Return the parameters of one strategy, by their full names."""
    return tuple((name, value) for name, value in params if name.partition(".")[0] == strategy)
