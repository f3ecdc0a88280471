"""Scalar reference: a simulator in plain Python, one vehicle after the other, written from docs/physics.md."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tests.reference.scalar_battery import EvseKind, Model, Rating, compute_soc_after_charging, rate_vehicle
from tests.reference.scalar_day import SeriesDay, Stay, make_site
from tests.reference.scalar_room import Expected, Outlook, make_outlook
from tests.reference.scalar_step import Decision, Plugged, Rules, decide_step, find_sufficient_soc
from tests.reference.scalar_strategies import Site

WARM_UP_DAYS = 2
ARRIVAL_MIN_SOC = 0.05
AT_TARGET_KWH = 1e-4
Totals = dict[str, float]


@dataclass(frozen=True)
class Fleet:
    """The vehicles of a run in their order, the EVSEs in theirs, and the stays, whether drawn or given.

    ``evses`` holds the kinds of the EVSEs for which stays wait, ``kinds`` those of all EVSEs of the site. The SOC of
    ``initial_soc`` is that in ``first_step``, at a midnight, from which on vehicles charge at full power until the run.
    """

    models: list[Model]
    initial_soc: list[float]
    arrival_min_soc: float
    evses: list[EvseKind]
    kinds: list[EvseKind]
    stays: list[Stay]
    expected: Expected
    first_step: int


@dataclass(frozen=True)
class Inputs:
    """Inputs of a run; steps and days count from the midnight before it."""

    rules: Rules
    transition_soc: float
    fleet: Fleet
    series_day: Callable[[int], SeriesDay]
    is_weekend: Callable[[int], bool]
    steps_per_day: int
    start_step: int


@dataclass
class Wear:
    """Running sums of a vehicle in the run: SOC; distance from the mean SOC, changes and steps while plugged in."""

    soc_sum: float = 0.0
    swing_sum: float = 0.0
    cycled_soc: float = 0.0
    plugged_steps: int = 0


@dataclass
class Vehicle:
    """A vehicle; it is present while it has a stay, and plugged in while it has a rating."""

    model: Model
    soc: float
    stay: Stay | None = None
    kind: EvseKind | None = None
    rating: Rating | None = None
    plug_in_step: int = 0
    reachable_soc: float = 0.0
    power_kw: float = 0.0
    reason: str = "away"
    wear: Wear = field(default_factory=Wear)


@dataclass
class ScalarSimulator:
    """A run; ``advance`` plays one step and returns the totals of the site."""

    inputs: Inputs
    step: int = field(init=False)
    vehicles: list[Vehicle] = field(init=False)
    free: list[EvseKind] = field(init=False)
    queue: list[int] = field(init=False, default_factory=list)
    chargeable: dict[int, bool] = field(init=False, default_factory=dict)
    fastest: dict[int, Rating] = field(init=False, default_factory=dict)
    arrivals: dict[int, list[Stay]] = field(init=False)
    departures: dict[int, list[Stay]] = field(init=False)

    def __post_init__(self) -> None:
        fleet = self.inputs.fleet
        self.step = fleet.first_step
        self.vehicles = [Vehicle(*pair) for pair in zip(fleet.models, fleet.initial_soc, strict=True)]
        self.free = list(fleet.evses)
        self._index_stays(fleet.stays)
        while self.step < self.inputs.start_step:
            for stay in self.departures[self.step]:
                self._charge_until_now(self.vehicles[stay.vehicle])
            self._move_vehicles()
            self.step += 1
        for vehicle in self.vehicles:
            self._charge_until_now(vehicle)

    def advance(self) -> Totals:
        """Play one step; return the totals of the site."""
        totals, site, timestep_h = self._move_vehicles(), self._make_site(), self.inputs.rules.timestep_h
        plugged = [vehicle for vehicle in self.vehicles if vehicle.rating]
        asked = [
            Plugged(v.rating, v.soc, v.stay.target_soc, (v.stay.departure_step - self.step) * timestep_h)
            for v in plugged
            if v.rating and v.stay
        ]
        decisions = decide_step(self.inputs.rules, site, self._make_outlook(), asked)
        for vehicle, decision in zip(plugged, decisions, strict=True):
            vehicle.soc = max(vehicle.soc + decision.change, 0.0)
            vehicle.power_kw, vehicle.reason = decision.power_kw, decision.reason
            vehicle.wear.cycled_soc += abs(decision.change)
        self.step += 1
        self._sum_wear()
        return totals | self._sum_site(site, [vehicle.model for vehicle in plugged], decisions)

    def _sum_wear(self) -> None:
        steps = self.step - self.inputs.start_step
        for vehicle in self.vehicles:
            wear, is_plugged = vehicle.wear, vehicle.rating is not None
            wear.soc_sum += vehicle.soc
            wear.swing_sum += abs(vehicle.soc - wear.soc_sum / steps) if is_plugged else 0.0
            wear.plugged_steps += is_plugged

    def _index_stays(self, stays: list[Stay]) -> None:
        self.arrivals, self.departures = defaultdict(list), defaultdict(list)
        for stay in stays:
            self.arrivals[stay.arrival_step].append(stay)
            self.departures[stay.departure_step].append(stay)

    def _charge_until_now(self, vehicle: Vehicle) -> None:
        """Charge a vehicle of the warm-up from its plug-in on, up to the target."""
        if vehicle.rating is None or vehicle.stay is None:
            return
        hours = (self.step - vehicle.plug_in_step) * self.inputs.rules.timestep_h
        charged = compute_soc_after_charging(vehicle.soc, vehicle.rating, hours)
        vehicle.soc = max(vehicle.soc, min(charged, vehicle.stay.target_soc))

    def _make_site(self) -> Site:
        day, step = divmod(self.step, self.inputs.steps_per_day)
        site = make_site(self.inputs.series_day(day), self.inputs.series_day(day + 1), step)
        return replace(site, cap_kw=self.inputs.rules.site_cap_kw)

    def _make_outlook(self) -> Outlook:
        inputs, (day, step) = self.inputs, divmod(self.step, self.inputs.steps_per_day)
        weekends = inputs.is_weekend(day), inputs.is_weekend(day + 1)
        today, tomorrow = inputs.series_day(day), inputs.series_day(day + 1)
        return make_outlook(today, tomorrow, step, weekends=weekends, expected=inputs.fleet.expected)

    def _move_vehicles(self) -> Totals:
        totals = {"n_departures": 0.0, "n_at_target": 0.0, "unserved_kwh": 0.0, "driven_kwh": 0.0}
        for stay in sorted(self.departures[self.step], key=lambda stay: (stay.departure_tick, stay.vehicle)):
            self._depart(stay, totals)
        for stay in sorted(self.arrivals[self.step], key=lambda stay: (stay.arrival_tick, stay.vehicle)):
            self._arrive(stay, totals)
        # A model that the site only discharges chooses after all others.
        for vehicle_id in sorted(self.queue, key=lambda number: not self._is_chargeable(self.vehicles[number].model)):
            self._choose_evse(vehicle_id)
        return totals

    def _choose_evse(self, vehicle_id: int) -> None:
        vehicle = self.vehicles[vehicle_id]
        can_charge = self._is_chargeable(vehicle.model)
        for position, kind in enumerate(self.free):
            rating = rate_vehicle(vehicle.model, kind, self.inputs.transition_soc)
            if (rating.charge_kw if can_charge else rating.discharge_kw) > 0.0:
                self.queue.remove(vehicle_id)
                vehicle.kind = self.free.pop(position)
                self._plug_in(vehicle, vehicle.kind)
                return

    def _is_chargeable(self, model: Model) -> bool:
        """Return whether any EVSE of the site charges a model; at a site without EVSEs, every model just waits."""
        if id(model) not in self.chargeable:
            ratings = [rate_vehicle(model, kind, self.inputs.transition_soc) for kind in set(self.inputs.fleet.evses)]
            self.chargeable[id(model)] = not ratings or any(rating.charge_kw > 0.0 for rating in ratings)
        return self.chargeable[id(model)]

    def _depart(self, stay: Stay, totals: Totals) -> None:
        vehicle = self.vehicles[stay.vehicle]
        expected_soc = min(find_sufficient_soc(stay.target_soc), vehicle.reachable_soc)
        missing_kwh = max(expected_soc - vehicle.soc, 0.0) * vehicle.model.capacity_kwh
        totals["n_departures"] += 1.0
        totals["n_at_target"] += missing_kwh <= AT_TARGET_KWH
        totals["unserved_kwh"] += missing_kwh
        if vehicle.kind:
            self.free.append(vehicle.kind)
        if not vehicle.rating:
            self.queue.remove(stay.vehicle)
        vehicle.stay, vehicle.kind, vehicle.rating = None, None, None
        vehicle.power_kw, vehicle.reason = 0.0, "away"

    def _arrive(self, stay: Stay, totals: Totals) -> None:
        vehicle = self.vehicles[stay.vehicle]
        capacity_kwh = vehicle.model.capacity_kwh
        driven_soc = min(stay.drive_kwh / capacity_kwh, max(vehicle.soc - self.inputs.fleet.arrival_min_soc, 0.0))
        # Negative where the vehicle has been charged elsewhere, up to a full battery.
        driven_soc = max(driven_soc, vehicle.soc - 1.0)
        totals["driven_kwh"] += driven_soc * capacity_kwh
        vehicle.soc -= driven_soc
        vehicle.stay = stay
        if stay.own_evse:
            self._plug_in(vehicle, stay.own_evse)
            return
        vehicle.reachable_soc = self._find_reachable_soc(vehicle, self._find_fastest_rating(vehicle.model), stay)
        vehicle.reason = "waiting" if self._is_chargeable(vehicle.model) else "cannot_charge"
        self.queue.append(stay.vehicle)

    def _plug_in(self, vehicle: Vehicle, kind: EvseKind) -> None:
        vehicle.plug_in_step = self.step
        vehicle.rating = rate_vehicle(vehicle.model, kind, self.inputs.transition_soc)
        assert vehicle.stay
        vehicle.reachable_soc = self._find_reachable_soc(vehicle, vehicle.rating, vehicle.stay)

    def _find_reachable_soc(self, vehicle: Vehicle, rating: Rating, stay: Stay) -> float:
        hours = (stay.departure_step - stay.arrival_step) * self.inputs.rules.timestep_h
        return compute_soc_after_charging(vehicle.soc, rating, hours)

    def _find_fastest_rating(self, model: Model) -> Rating:
        """Return the rating at the EVSE of the site that charges a model fastest; of all kinds, if none charges it."""
        if id(model) not in self.fastest:
            groups = self.inputs.fleet.evses, self.inputs.fleet.kinds
            ratings = [[rate_vehicle(model, kind, self.inputs.transition_soc) for kind in group] for group in groups]
            chosen = ratings[0] if any(rating.charge_kw > 0.0 for rating in ratings[0]) else ratings[1]
            self.fastest[id(model)] = max(chosen, key=lambda rating: rating.soc_per_h)
        return self.fastest[id(model)]

    def _sum_site(self, site: Site, models: list[Model], decisions: list[Decision]) -> Totals:
        powers_kw = [decision.power_kw for decision in decisions]
        capacity_per_step = [model.capacity_kwh / self.inputs.rules.timestep_h for model in models]
        losses_kw = [d.power_kw - d.change * c for d, c in zip(decisions, capacity_per_step, strict=True)]
        uncurtailed_kw = site.other_load_kw + sum(powers_kw)
        curtailed_kw = min(max(-uncurtailed_kw - site.limit_kw, 0.0), site.solar_kw)
        net_load_kw = uncurtailed_kw + curtailed_kw
        return {
            "n_connected": float(len(decisions)),
            "n_charging": float(sum(power > 0.0 for power in powers_kw)),
            "n_discharging": float(sum(power < 0.0 for power in powers_kw)),
            "n_waiting": float(len(self.queue)),
            "soc_mean": sum(vehicle.soc for vehicle in self.vehicles) / len(self.vehicles),
            "g2v_kw": sum(max(power, 0.0) for power in powers_kw),
            "v2g_kw": sum(max(-power, 0.0) for power in powers_kw),
            "charge_loss_kw": sum(loss for loss, p in zip(losses_kw, powers_kw, strict=True) if p > 0.0),
            "discharge_loss_kw": sum(loss for loss, p in zip(losses_kw, powers_kw, strict=True) if p < 0.0),
            "curtailed_kw": curtailed_kw,
            "net_load_kw": net_load_kw,
            "import_kw": max(net_load_kw, 0.0),
            "export_kw": max(-net_load_kw, 0.0),
            "overload_kw": max(net_load_kw - site.limit_kw, 0.0),
        }
