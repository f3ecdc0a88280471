"""The one table of strategies; menu, comparison, documentation and property tests all read it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ev2gym_dashboard.core.control.allocation import Allocation, Demand
from ev2gym_dashboard.core.control.observation import Floats, Moment, StepView
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.schema import Quantity, list_declared

RequestPower = Callable[[StepView, Any], Floats]
RequestsV2G = Callable[[Moment, Any], bool]
Allocate = Callable[[Moment, Any, Demand], Allocation]


@dataclass(frozen=True)
class Strategy:
    """A decision rule.

    Parameters
    ----------
    key : its name in scenarios and links
    name, rule : its name and its rule in a sentence, for people (msgids); the rule holds its parameters as ``{name}``
    params : frozen dataclass whose fields are declared quantities; ``v2g_min_soc`` is the SOC that V2G leaves
    wish : ``(view, params) -> power (n,)`` [kW], positive = charging; the engine clips it to what is possible
    requests_v2g : ``(moment, params) -> bool``, whether it asks for V2G in this step
    shares : ``(moment, params, demand) -> Caps``, where the fleet shares something out: what of the wishes is granted
    quiet : why a vehicle that is ready for V2G idles while there is no call
    """

    key: str
    name: str
    rule: str
    params: type
    wish: RequestPower = field(repr=False)
    requests_v2g: RequestsV2G = field(repr=False)
    quiet: Reason
    shares: Allocate | None = field(default=None, repr=False)

    @property
    def quantities(self) -> dict[str, Quantity]:
        """The declared parameters by name."""
        return {name: what for name, what in list_declared(self.params).items() if isinstance(what, Quantity)}


STRATEGIES: dict[str, Strategy] = {}


def register_strategy(
    *,
    key: str,
    name: str,
    rule: str,
    params: type,
    requests_v2g: RequestsV2G,
    quiet: Reason,
    shares: Allocate | None = None,
) -> Callable[[RequestPower], RequestPower]:
    """Register the function below as a strategy."""

    def register(wish: RequestPower) -> RequestPower:
        STRATEGIES[key] = Strategy(key, name, rule, params, wish, requests_v2g, quiet, shares)
        return wish

    return register
