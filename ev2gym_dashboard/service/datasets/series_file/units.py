"""Units of series: found in a heading, and converted to the unit of a scenario field or refused by name."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ev2gym_dashboard.service.datasets.series_file.options import WHOLE_FILE, make_issue, refuse_file

POWER, PRICE, CO2 = "kW", "MAD/kWh", "g/kWh"
PROFILE_UNITS: dict[str, str] = {
    "base_load_profile": POWER,
    "price_profile": PRICE,
    "export_price_profile": PRICE,
    "pv_profile": POWER,
    "limit_profile": POWER,
    "co2_profile": CO2,
    "setpoint_profile": POWER,
}
"""Unit of each series, by scenario field."""
POWER_FACTORS = {"w": 1e-3, "kw": 1.0, "mw": 1e3, "gw": 1e6}
ENERGY_FACTORS = {"wh": 1e-3, "kwh": 1.0, "mwh": 1e3, "gwh": 1e6}
PER_ENERGY_FACTORS = {"wh": 1e3, "kwh": 1.0, "mwh": 1e-3, "gwh": 1e-6}
MASS_FACTORS = {"g": 1.0, "kg": 1e3, "t": 1e6, "lb": 453.59237, "lbs": 453.59237, "mg": 1e-3}
OWN_CURRENCIES = {"mad": 1.0, "dh": 1.0, "dhs": 1.0, "dirham": 1.0, "dirhams": 1.0}
FURTHER_CURRENCIES = ("CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "RON", "AUD", "CAD", "JPY", "INR", "ZAR", "TND")
CURRENCIES = {
    **dict.fromkeys(("eur", "euro", "euros", "€"), ("EUR", 1.0)),
    **dict.fromkeys(("ct", "cts", "cent", "cents", "c€", "€ct", "eurocent", "ctm", "c"), ("EUR", 0.01)),
    **dict.fromkeys(("usd", "$", "us$"), ("USD", 1.0)),
    **dict.fromkeys(("gbp", "£"), ("GBP", 1.0)),
    **dict.fromkeys(("p", "pence"), ("GBP", 0.01)),
    **{name.lower(): (name, 1.0) for name in FURTHER_CURRENCIES},
}
"""Currency and factor of a unit by its name in lower case."""
OTHER_UNITS = [
    "kvarh",
    "kvar",
    "kvah",
    "kva",
    "mva",
    "va",
    "var",
    "mj",
    "gj",
    "kj",
    "hp",
    "btu",
    "kbtu",
    "mmbtu",
    "therm",
    "kcal",
    "cal",
    "m3",
    "m³",
    "nm3",
    "°c",
    "°f",
    "ma",
    "a",
    "kv",
    "v",
    "hz",
    "%",
    "bar",
]
"""Units of other quantities than power, energy, price and CO2 factor."""
WORD_EDGE = r"(?<![A-Za-z0-9€$£°%³])"
END_EDGE = r"(?![A-Za-z0-9³])"
ENERGY = "|".join(ENERGY_FACTORS)
UNIT_HEADING = re.compile(r"unit[ée]?s?|einheit(?:en)?|unidad(?:es)?|measure ?unit", re.IGNORECASE)
PER_ENERGY = re.compile(
    rf"{WORD_EDGE}(?P<top>[A-Za-z€$£]+[€$£]?)\s*(?:CO2)?\s*(?:-?eq\.?|e)?\s*"
    rf"(?P<by>/|_per_|\s+per\s+|\s+par\s+|_)\s*(?P<energy>{ENERGY}){END_EDGE}",
    re.IGNORECASE,
)
PLAIN = re.compile(rf"{WORD_EDGE}(?P<unit>{ENERGY}|{'|'.join(POWER_FACTORS)}){END_EDGE}", re.IGNORECASE)
SEPARATED = re.compile(r"[(\[{_]\s*(?P<unit>[^()\[\]{}]+?)\s*[)\]}]?$|[(\[]\s*(?P<inner>[^()\[\]]+?)\s*[)\]]")


@dataclass(frozen=True)
class Unit:
    """A unit as it is written, and how its values become those of a scenario field.

    Parameters
    ----------
    name : the unit as it is written
    quantity : `POWER`, `PRICE` or `CO2`; "" for a unit of another quantity
    factor : to the unit of the quantity, in the currency of the price
    is_energy : whether the values are energies of a step
    currency : currency of a price, "" for MAD and other quantities
    """

    name: str
    quantity: str
    factor: float = 1.0
    is_energy: bool = False
    currency: str = ""


def find_unit(heading: str) -> Unit | None:
    """Return the unit that a heading names; None if it names none that is known."""
    for match in PER_ENERGY.finditer(heading):
        unit = _make_ratio(match)
        # An underscore is a unit's "per" only after a currency or a mass: energy_wh is no ratio.
        if unit.quantity or match["by"] != "_":
            return unit
    for match in PLAIN.finditer(heading.replace("_", " ")):
        # A small w is a letter of a name rather than a unit, but at its end.
        if match["unit"] != "w" or match.end() == len(heading):
            return _make_plain(match["unit"])
    return _find_other_unit(heading)


def parse_unit(text: str) -> Unit | None:
    """Return the unit that a user or a column of units names; None if it is not known."""
    return _make_plain(text) if text.strip().lower() in POWER_FACTORS | ENERGY_FACTORS else find_unit(text)


def _make_plain(name: str) -> Unit:
    key = name.strip().lower()
    if key in POWER_FACTORS:
        return Unit(name, POWER, POWER_FACTORS[key])
    return Unit(name, POWER, ENERGY_FACTORS[key], is_energy=True)


def _make_ratio(match: re.Match[str]) -> Unit:
    top, energy = match["top"].lower(), PER_ENERGY_FACTORS[match["energy"].lower()]
    name = match[0]
    for suffix in ("co2eq", "co2e", "co2", "eq"):
        top = top.removesuffix(suffix)
    if top in MASS_FACTORS:
        return Unit(name, CO2, MASS_FACTORS[top] * energy)
    if top in OWN_CURRENCIES:
        return Unit(name, PRICE, energy)
    if top in CURRENCIES:
        currency, factor = CURRENCIES[top]
        return Unit(name, PRICE, factor * energy, currency=currency)
    return Unit(name, "")


def _find_other_unit(heading: str) -> Unit | None:
    match = SEPARATED.search(heading)
    text = (match["unit"] or match["inner"] or "" if match else heading).strip()
    if text.lower() in OTHER_UNITS or text.lower() in OWN_CURRENCIES | CURRENCIES:
        return Unit(text, "")
    return None


def compute_factor(unit: Unit, quantity: str, *, step_min: int, rate: float | None) -> float:
    """Return the factor to the unit of a quantity; raise `ValidationError` for a unit that has none.

    Parameters
    ----------
    unit : unit of the file
    quantity : `POWER`, `PRICE` or `CO2`
    step_min : length of a step, over which an energy counts [min]
    rate : MAD for one unit of the currency; None if the user has not said
    """
    if unit.quantity != quantity:
        issue = make_issue(
            WHOLE_FILE,
            "has values in {unit}, which cannot be converted to {quantity}: choose another column or unit",
            unit=unit.name,
            quantity=quantity,
        )
        raise refuse_file(issue)
    if unit.currency and rate is None:
        issue = make_issue(
            WHOLE_FILE,
            "has prices in {unit}: give the rate, the MAD for one {currency}",
            unit=unit.name,
            currency=unit.currency,
        )
        raise refuse_file(issue)
    factor = unit.factor * (60.0 / step_min if unit.is_energy else 1.0)
    return factor * rate if unit.currency and rate is not None else factor
