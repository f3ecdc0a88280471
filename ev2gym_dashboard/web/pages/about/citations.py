"""Citations of the program and of EV2Gym, whose vehicle models it uses."""

from __future__ import annotations

from ev2gym_dashboard import __version__
from ev2gym_dashboard.web.i18n import N_

PROGRAM, AUTHORS, LICENCE = "EV2Gym Dashboard", "EV2Gym Dashboard contributors", "MIT"
EV2GYM_TITLE = "EV2Gym: A Flexible V2G Simulator for EV Smart Charging Research and Benchmarking"
EV2GYM_IDENTIFIER = "arXiv:2404.01849"
CITATIONS = {
    N_("This program"): f"{AUTHORS}. {PROGRAM}, version {__version__}.",
    "EV2Gym": f"Orfanoudakis, S., et al. {EV2GYM_TITLE}. {EV2GYM_IDENTIFIER}.",
}
"""The text to cite, by the name of the work (a msgid, or a name in all languages); the same as in CITATION.cff."""
