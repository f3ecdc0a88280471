"""Table of the strategies, filled with the installed plug-ins when it is first read in a process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass, field
from functools import cached_property
from threading import RLock
from typing import Any, Literal

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.control.allocation import Allocation, Demand
from ev2gym_dashboard.core.control.memory import MemoryRule
from ev2gym_dashboard.core.control.observation import StepView
from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.control.step import ControlParams, always_share_power
from ev2gym_dashboard.core.schema import Quantity, list_declared
from ev2gym_dashboard.core.site.moment import Moment
from ev2gym_dashboard.strategies.door.errors import StrategyError

RequestPower = Callable[[StepView, Any], Floats]
RequestsV2G = Callable[[Moment, Any], bool]
Allocate = Callable[[Moment, Any, Demand], Allocation]
Tabulate = Callable[[Moment, Floats, Floats, Any], Floats]
CapUse = Literal["ignored", "declared", "found"]
BUILT_IN = ""
"""Source of the strategies of this package."""


@dataclass(frozen=True)
class Strategy:
    """A decision rule.

    Parameters
    ----------
    key : its name in scenarios and links
    name, rule : its name and its rule in a sentence, for people (msgids); the rule holds its parameters as ``{name}``
    colour : its colour in every figure, ``"#rrggbb"``
    params : frozen dataclass of declared quantities; ``v2g_min_soc`` is the SOC at which V2G stops
    request_power : ``(view, params) -> power (n,)`` [kW], positive = charging; the engine clips it to the limits
    requests_v2g : ``(moment, params) -> bool``, whether the strategy requests V2G in the step
    idle_reason : why a vehicle that is ready for V2G idles while the strategy requests none
    allocate : ``(moment, params, demand) -> Allocation``, for a strategy whose vehicles share a fleet-wide power
    shares_power : ``(moment, params) -> bool``, whether they share one in the step; a step without costs one pass less
    cap : whether it ignores the site cap, charges under the declared one, or finds one where none is declared
    memory_rule : what it keeps from one step to the next; None for nothing
    tabulate : ``(moment, price ahead, price ahead with surplus at 0, params) -> (tables, k)``, made once a step for the
        ``tables`` of the view
    source : file of a plug-in, empty for a strategy of this package
    module : name of its module
    """

    key: str
    name: str
    rule: str
    colour: str
    params: type[ControlParams]
    request_power: RequestPower = field(repr=False)
    requests_v2g: RequestsV2G = field(repr=False)
    idle_reason: Reason
    allocate: Allocate | None = field(default=None, repr=False)
    shares_power: RequestsV2G = field(default=always_share_power, repr=False)
    cap: CapUse = "declared"
    memory_rule: MemoryRule | None = field(default=None, repr=False)
    tabulate: Tabulate | None = field(default=None, repr=False)
    source: str = BUILT_IN
    module: str = ""

    @cached_property
    def quantities(self) -> dict[str, Quantity]:
        """The declared parameters by name."""
        declarations = list_declared(self.params).items()
        return {name: declaration for name, declaration in declarations if isinstance(declaration, Quantity)}

    @property
    def plans(self) -> bool:
        """Whether it plans ahead in every step, which takes far longer than a rule and has no compiled loop."""
        return self.memory_rule is not None and self.memory_rule.remember is not None

    @property
    def uses_v2g(self) -> bool:
        """Whether any parameter lets it discharge; a ``v2g_min_soc`` fixed at 1 says that it never does."""
        return self.quantities["v2g_min_soc"].low < 1.0


class StrategyTable(MutableMapping[str, Strategy]):
    """Strategies by key, those of this package first; the first read in a process adds the installed plug-ins.

    ``errors`` holds the error of each plug-in that could not be loaded, by its name, and looking it up raises it; the
    other strategies are there all the same. ``version`` counts the changes of the table.
    """

    def __init__(self) -> None:
        self.errors: dict[str, StrategyError] = {}
        self.version = 0
        self._entries: dict[str, Strategy] = {}
        self._load: Callable[[], None] | None = None
        self._lock = RLock()

    def load_later(self, load: Callable[[], None]) -> None:
        """Set the function that adds the installed plug-ins; it is called once, at the first read."""
        self._load = load

    def peek(self) -> dict[str, Strategy]:
        """Return the strategies that are registered so far, without loading any plug-in."""
        return dict(self._entries)

    @property
    def built_in(self) -> dict[str, Strategy]:
        """The strategies of this package: documentation and translations are of these, whatever is installed."""
        return {key: strategy for key, strategy in self._entries.items() if strategy.source == BUILT_IN}

    def _load_once(self) -> dict[str, Strategy]:
        # The lock: the threads of a server must not see a table that is half full. The loading thread itself passes it
        # again, as plug-ins register in this table.
        with self._lock:
            if self._load is not None:
                load, self._load = self._load, None
                load()
        return self._entries

    def __getitem__(self, key: str) -> Strategy:
        entries = self._load_once()
        if key not in entries and key in self.errors:
            raise self.errors[key]
        return entries[key]

    def __contains__(self, key: object) -> bool:
        return key in self._load_once()

    def __iter__(self) -> Iterator[str]:
        return iter(self._load_once())

    def __len__(self) -> int:
        return len(self._load_once())

    def __setitem__(self, key: str, strategy: Strategy) -> None:
        self._entries[key] = strategy
        self.version += 1

    def __delitem__(self, key: str) -> None:
        del self._entries[key]
        self.version += 1
