"""Energy flow: the powers of a step between grid, sun, building and vehicles, rounded to figures that add up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

TENTHS_PER_KW = 10


@dataclass(frozen=True)
class EnergyFlow:
    """Powers of the site in a step, mean over the step, all >= 0 [kW].

    Parameters
    ----------
    import_kw, export_kw : power from and to the grid, one of them 0
    used_solar_kw, curtailed_kw : PV output that the site uses or exports, and that which is cut
    base_load_kw : load of the building
    g2v_kw, v2g_kw : power to and from the vehicles, at the grid side of the EVSEs
    charge_loss_kw, discharge_loss_kw : losses of charging, part of ``g2v_kw``, and of discharging, beyond ``v2g_kw``

    Notes
    -----
    import + used_solar + v2g = export + base_load + g2v
    """

    import_kw: float
    export_kw: float
    used_solar_kw: float
    curtailed_kw: float
    base_load_kw: float
    g2v_kw: float
    v2g_kw: float
    charge_loss_kw: float
    discharge_loss_kw: float


SUPPLIES = ("used_solar_kw", "import_kw", "v2g_kw")
"""The powers that flow into the site, in the order of the picture."""
USES = ("export_kw", "base_load_kw", "g2v_kw")
"""The powers that flow out of it, likewise."""
VEHICLE_FLOWS = {"g2v_kw", "v2g_kw"}


def make_energy_flow(row: Mapping[str, float]) -> EnergyFlow:
    """Return the flow of a step from its totals by the names of the recorder's `COLUMNS`."""
    return EnergyFlow(
        import_kw=row["import_kw"],
        export_kw=row["export_kw"],
        used_solar_kw=max(row["solar_kw"] - row["curtailed_kw"], 0.0),
        **{
            name: row[name]
            for name in ("curtailed_kw", "base_load_kw", "g2v_kw", "v2g_kw", "charge_loss_kw", "discharge_loss_kw")
        },
    )


def round_energy_flow(flow: EnergyFlow) -> dict[str, int]:
    """Return the powers of a flow in tenths of a kW, as whole numbers for which its balance holds exactly.

    Notes
    -----
    Each power differs by less than 0.1 kW from its own. Where the nearest figures do not add up, those with the largest
    rounding errors go the other way, the grid's, the sun's and the building's before the vehicles', which the page also
    shows elsewhere.
    """
    exact = {name: TENTHS_PER_KW * power_kw for name, power_kw in vars(flow).items()}
    tenths = {name: round(value) for name, value in exact.items()}
    signs = dict.fromkeys(SUPPLIES, 1) | dict.fromkeys(USES, -1)
    excess = sum(sign * tenths[name] for name, sign in signs.items())
    # The rounding error of each power, as far as it adds to the excess.
    errors = {name: sign * (tenths[name] - exact[name]) * (1 if excess > 0 else -1) for name, sign in signs.items()}
    order = sorted(signs, key=lambda name: (errors[name] <= 0.0, name in VEHICLE_FLOWS, -errors[name]))
    for name in order[: abs(excess)]:
        tenths[name] -= signs[name] * (1 if excess > 0 else -1)
    return tenths | {"charge_loss_kw": min(tenths["charge_loss_kw"], tenths["g2v_kw"])}
