"""Sources of the figures that no file holds (msgids)."""

from __future__ import annotations

from ev2gym_dashboard.web.i18n import N_

CO2_NOTE = N_(
    "CO2: 551 g/kWh, Morocco 2024, life cycle (lowcarbonpower.org, read in November 2026); no "
    "official factor was found. The factor is constant: shifting load in time saves no CO2, and V2G "
    "losses add some."
)
SOURCE_NOTES = (
    N_(
        "Solar: clear-sky irradiance at the site (pvlib, Ineichen) times the cloud factor, on panels that face the "
        "equator unless an azimuth is set; solar energy counts as 0 g/kWh."
    ),
    N_(
        "Savings are relative to two runs on the same arrivals: uncontrolled charging, and the same "
        "strategy without V2G."
    ),
    N_(
        "Investment: an AC EVSE of 7.4 kW costs from 8,900 MAD without its installation (Vital Energy Maroc, 2023); "
        "six DC EVSEs of 50 kW cost 382,500 USD with it (US Department of Energy, 2017, at an assumed 10 MAD/USD). "
        "Discount rate: loans for equipment at 4.95%, less 0.8% inflation (Bank Al-Maghrib, 2025). The additional "
        "price of bidirectional EVSEs, that of the connection, and the lifetime of 10 years are assumptions."
    ),
)
