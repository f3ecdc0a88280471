"""Gallery: scenarios that are worth a look, each with the fields in which it differs from the default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ev2gym_dashboard.core.scenario import Scenario


@dataclass(frozen=True)
class GalleryEntry:
    """A scenario of the gallery.

    Parameters
    ----------
    name, about : msgids of its title, and of what it shows and where to look
    changes : values by field of `Scenario`, without those of the default
    """

    name: str
    about: str
    changes: Mapping[str, Any]

    @property
    def scenario(self) -> Scenario:
        """The default scenario with the changes."""
        return Scenario(**self.changes)


def _make_entry(name: str, about: str, **changes: Any) -> GalleryEntry:
    return GalleryEntry(name, about, MappingProxyType(changes))


GALLERY: Mapping[str, GalleryEntry] = MappingProxyType(
    {
        "winter-evening": _make_entry(
            "Winter evening",
            "1,000 cars come home in December. In the peak hours of the evening they give energy back; they charge "
            "in the night. This is the run that the page opens with.",
        ),
        "ramadan-evening": _make_entry(
            "Ramadan evening",
            "The load of the site is that of a Moroccan town in Ramadan: it rises at sunset and stays high until after "
            "midnight, in the hours in which cars charge.",
            start="2027-02-16T15:00",
        ),
        "mt-depot": _make_entry(
            "Depot at the MT tariff",
            "50 vehicles return to a depot, with an EVSE each, and the bill has a charge for power. Peak shaving "
            "spreads their charging over the night: the load of the site stays level.",
            fleet_size=50,
            tariff="mt_general",
            strategy="peak_shaving",
            evse_per_vehicle=1.0,
            return_share=1.0,
            base_load_kw_per_vehicle=1.0,
        ),
        "v2g-as-sold": _make_entry(
            "V2G as it is sold",
            "The default catalog assumes V2G for all of its models. Here only those have it that are sold with it "
            "today: the pie shows how many are left.",
            v2g_capability="as_sold",
        ),
        "scarce-evses": _make_entry(
            "Scarce EVSEs",
            "One EVSE for ten vehicles. Hundreds of vehicles wait in the evening, and many leave without the charge "
            "that they need: see the tile of waiting vehicles.",
            evse_per_vehicle=0.1,
        ),
        "solar-roof": _make_entry(
            "Solar roof at work",
            "Cars stand at work in June. They charge when the panels on the roof give more than the site needs, so "
            "that nearly all of the sun is used on the site.",
            place="work",
            start="2027-06-15T05:00",
            strategy="renewable",
            base_load_kw_per_vehicle=1.0,
        ),
        "demand-response": _make_entry(
            "Demand response at 19:00",
            "For an hour, the grid operator takes 40% of the connection away. The page Site shows the limit "
            "fall, and the load that charging adds after it.",
            strategy="uncontrolled",
            v2g=False,
            event_start="2026-12-15T19:00",
            event_reduction=0.4,
        ),
        "one-car": _make_entry(
            "A household with one car",
            "One car, one EVSE with V2G, and the tariff of households, whose price rises in tiers with the kWh of the "
            "month: the car pays the price of the highest ones.",
            fleet_size=1,
            tariff="bt_domestique",
            evses="1 x AC 7.4 V2G",
            return_share=1.0,
            limit_kw_per_vehicle=9.0,
            pv_kwp_per_vehicle=0.0,
        ),
    }
)
"""Scenarios by the key of their address."""
