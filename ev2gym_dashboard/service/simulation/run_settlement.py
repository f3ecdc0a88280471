"""Settlement of a run: its series at the prices, the demand charge and the CO2 factor of its scenario."""

from __future__ import annotations

from collections.abc import Mapping

from ev2gym_dashboard.core.arrays import Floats
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.site.settlement import settle_bill
from ev2gym_dashboard.service.scenarios.co2 import compute_co2_g_kwh
from ev2gym_dashboard.service.scenarios.demand import compute_demand_charge
from ev2gym_dashboard.service.scenarios.tariff import compute_billed_prices


def settle_run(
    scenario: Scenario, series: Mapping[str, Floats], *, subscribed_kva: float, first_step: int = 0
) -> dict[str, Floats]:
    """Return costs and emissions of the site by column of `BILL_COLUMNS`, each (steps,).

    Parameters
    ----------
    scenario : Scenario
    series : recorded columns of the run, each (steps,)
    subscribed_kva : subscribed power [kVA]
    first_step : the step of the run with which the columns begin, the first one of a billing month
    """
    import_kw = series["import_kw"]
    # Not all columns: those that are derived are made as they are read.
    meter = {
        "import_kw": import_kw,
        "export_kw": series["export_kw"],
        "price_mad_kwh": compute_billed_prices(scenario, import_kw, series["price_mad_kwh"], first_step=first_step),
        "export_mad_kwh": series["export_mad_kwh"],
    }
    return settle_bill(
        meter,
        timestep_h=scenario.timestep_h,
        demand_charge=compute_demand_charge(scenario, import_kw, subscribed_kva=subscribed_kva, first_step=first_step),
        co2_g_kwh=compute_co2_g_kwh(scenario, len(import_kw), first_step=first_step),
    )
