"""Records, compiled: the totals of a step in a row of the series, and those of the models."""

from __future__ import annotations

from ev2gym_dashboard.core.compiler import inline_kernel
from ev2gym_dashboard.core.control.step import FLOWS
from ev2gym_dashboard.core.engine.recorder import COLUMNS
from ev2gym_dashboard.core.site.settlement import compute_curtailed_kw, compute_ev_prices

N_CHARGING, N_DISCHARGING, G2V, V2G, CHARGE_LOSS, DISCHARGE_LOSS, SOC_CHANGE = range(len(FLOWS))
N_COLUMNS = len(COLUMNS)


@inline_kernel
def accumulate_models(models, flows, moment):  # type: ignore[no-untyped-def]
    """Add a step to the totals of the models, as `ModelTotals.accumulate`."""
    g2v_kw, v2g_kw = flows[G2V].sum(), flows[V2G].sum()
    g2v_mad_kwh, v2g_mad_kwh = moment.price_mad_kwh, moment.price_mad_kwh
    # Most steps only import: one price for all.
    if moment.other_load_kw < 0.0 or v2g_kw > moment.other_load_kw:
        g2v_mad_kwh, v2g_mad_kwh = compute_ev_prices(moment, g2v_kw, v2g_kw)
    for model in range(flows.shape[1]):
        cost_mad_h = flows[G2V, model] * g2v_mad_kwh - flows[V2G, model] * v2g_mad_kwh
        models.soc_sum[model] += flows[SOC_CHANGE, model]
        models.waited_h[model] += (models.n_present[model] - models.n_plugged[model]) * moment.timestep_h
        models.energy_cost_mad[model] += cost_mad_h * moment.timestep_h


@inline_kernel
def write_row(row, run, flows, moment, departures):  # type: ignore[no-untyped-def]
    """Write the totals of a step in the order of `COLUMNS`, as `StepTotals.to_row`."""
    models, n_vehicles = run.models, run.fleet.soc.size
    n_departures, n_at_target, unserved_kwh, driven_kwh = departures
    g2v_kw, v2g_kw = flows[G2V].sum(), flows[V2G].sum()
    uncurtailed_kw = moment.other_load_kw + g2v_kw - v2g_kw
    curtailed_kw = compute_curtailed_kw(uncurtailed_kw, moment)
    net_load_kw = uncurtailed_kw + curtailed_kw
    n_connected, n_charging = models.n_plugged.sum(), flows[N_CHARGING].sum()
    n_discharging = flows[N_DISCHARGING].sum()
    row[0], row[1], row[2], row[3] = n_connected, n_charging, n_discharging, n_connected - n_charging - n_discharging
    row[4], row[5] = models.n_present.sum() - n_connected, models.soc_sum.sum() / n_vehicles
    row[6], row[7], row[8] = g2v_kw, v2g_kw, g2v_kw - v2g_kw
    row[9], row[10] = flows[CHARGE_LOSS].sum(), flows[DISCHARGE_LOSS].sum()
    row[11], row[12], row[13], row[14] = driven_kwh, n_departures, n_at_target, unserved_kwh
    row[15], row[16], row[17], row[18] = moment.base_load_kw, moment.solar_kw, curtailed_kw, net_load_kw
    row[19], row[20], row[21] = max(net_load_kw, 0.0), max(-net_load_kw, 0.0), moment.limit_kw
    row[22] = max(net_load_kw - moment.limit_kw, 0.0)
    row[23], row[24], row[25] = moment.price_mad_kwh, moment.export_mad_kwh, moment.poste
    row[26] = moment.solar_kw_per_kwp
