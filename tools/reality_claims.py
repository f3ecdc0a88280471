"""Claims of the reality page: published figures by trial, each with a scenario of ours, a figure and its tolerance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ev2gym_dashboard import Result
from tools import reality_measures as measures


@dataclass(frozen=True)
class Claim:
    """A published figure, held against a figure of ours; the texts are msgids of the page About.

    Parameters
    ----------
    key : name in the results, and title
    figure : the published figure, in words
    scenario : name of the file in ``docs/reality``
    measure : function of a result that gives our figure
    unit : of our figure and the tolerance
    tolerance : lowest and highest mean that meet it, fixed before the first run; empty where nothing can be
    conditions : how our conditions differ; empty where those of the trial say so
    why_missed : reason, where it is missed; added after the run
    base_scenario : name of the file whose figure divides ours; empty for none
    why_incomparable : reason, where the figures cannot be compared
    """

    key: str
    figure: str
    scenario: str
    measure: Callable[[Result], float]
    unit: str
    tolerance: tuple[float, ...]
    conditions: str = ""
    why_missed: str = ""
    base_scenario: str = ""
    why_incomparable: str = ""


@dataclass(frozen=True)
class Trial:
    """A trial, a measurement or a program, and its figures.

    Parameters
    ----------
    source : who published them and about how many vehicles, a msgid
    address : page on which they were read; empty where none is known
    claims : its figures
    conditions : how our conditions differ, for all figures; a msgid
    """

    source: str
    address: str
    claims: tuple[Claim, ...]
    conditions: str = ""


@dataclass(frozen=True)
class Diagnosis:
    """A claim's scenario with one change, which shows why the claim is missed; chosen after the run.

    Parameters
    ----------
    claim_key : key of the claim
    change : the change, in words
    values : its fields of the scenario
    """

    claim_key: str
    change: str
    values: Mapping[str, float]


CENEX = "https://utilityweek.co.uk/v2g-charging-could-save-drivers-more-than-500-per-year/"
ARBITRAGE = "V2G by energy over smart charging: 16 / 98 GBP a year by price, 0.16"
TRIALS = (
    Trial(
        "Schram et al. 2020, production vehicles", "https://www.researchgate.net/publication/344665888",
        (
            Claim(
                "Round trip", "Round trip of V2G: 87.0%, measured 79.1 to 87.8%",
                "arbitrage", measures.measure_round_trip, "%", (79.1, 87.8),
                why_missed="at 32 A on one phase, EV2Gym’s charging efficiencies are near 87%, and discharging has the "
                "same, as no data exist; the measurement was at 16 A on three phases",
            ),
        ),
        conditions="Our efficiencies are declared per vehicle and EVSE",
    ),
    Trial(
        "Schram et al. 2020, stays at home of ElaadNL", "",
        (
            Claim(
                "Median stay", "Half of the stays at home exceed 11.0 h",
                "defaults", measures.measure_median_stay, "h", (9.9, 12.1),
            ),
            Claim(
                "Long stay", "A quarter of the stays at home exceeds 14.6 h",
                "defaults", measures.measure_long_stay, "h", (13.1, 16.1),
            ),
        ),
        conditions="Stays of seven days that ended in the run: long ones are cut",
    ),
    Trial(
        "Electric Nation, about 700 homes and 140,000 sessions",
        "https://www.greencarguide.co.uk/2019/02/electric-nation-completes-the-worlds-largest-ev-smart-charging-trial/",
        (
            Claim(
                "Sessions a week, defaults", "Three sessions a week",
                "defaults", measures.measure_sessions_per_week, "", (2.4, 3.6),
                "The defaults: 70% of the vehicles return each day",
                why_missed="the default is not that of the trial: the published tables give no sessions per vehicle, "
                "so that 70% is a choice; 43% is the trial’s",
            ),
            Claim(
                "Sessions a week", "Three sessions a week",
                "three-sessions", measures.measure_sessions_per_week, "", (2.4, 3.6),
                "43% of the vehicles return each day, set for this figure",
            ),
            Claim(
                "Hours plugged in", "Plugged in for more than 12 h per session",
                "three-sessions", measures.measure_hours_per_stay, "h", (12.0, 18.0),
                "ElaadNL’s stays, of the Netherlands",
                why_missed="the stays are ElaadNL’s, with a mean below 12 h: the short ones of the day count as "
                "sessions, too",
            ),
            Claim(
                "SOC at the start", "SOC at the start of a session above 50%",
                "three-sessions", measures.measure_soc_at_start, "%", (50.0, 100.0),
                "Larger batteries than those of the trial",
                why_missed="a session follows 23 kWh of driving on average, as in ElaadNL’s tables, and starts at most "
                "from a target of 90%",
            ),
        ),
    ),
    Trial(
        "Cenex, 60 EVs plugged in 28% of the time", CENEX,
        (
            Claim(
                "Arbitrage", ARBITRAGE,
                "arbitrage", measures.measure_arbitrage_ratio, "", (0.08, 0.32),
                "Two Moroccan prices in place of British half-hours",
            ),
            Claim(
                "Plugged in seldom", "Plugged in 28% of the time",
                "seldom-plugged", measures.measure_plug_in_rate, "%", (22.4, 33.6),
                "43% of the vehicles return each day, set for this figure",
                why_missed="43% is the sessions of Electric Nation, not the hours of this trial: "
                "three stays of 11 h a week are 20%",
            ),
            Claim(
                "Arbitrage, seldom plugged in", ARBITRAGE,
                "seldom-plugged", measures.measure_arbitrage_ratio, "", (0.08, 0.32),
                "Two Moroccan prices; 43% of the vehicles return each day",
            ),
        ),
    ),
    Trial(
        "Cenex, the same plugged in 75% of the time", CENEX,
        (
            Claim(
                "Plugged in often", "Plugged in 75% of the time",
                "often-plugged", measures.measure_plug_in_rate, "%", (60.0, 90.0),
                "Every vehicle returns each day; stays of ElaadNL",
                why_missed="a vehicle arrives once a day at most and leaves after ElaadNL’s stays: 79% of the vehicles "
                "a day is the highest share at home; 75% of the time takes charging sessions from a file",
            ),
            Claim(
                "Services by plug-in rate", "Services by V2G: from 94 to 414 GBP a year, 4.4 times",
                "often-plugged", measures.measure_offer, "", (3.1, 5.7),
                "One price per kW and hour offered, in all hours",
                base_scenario="seldom-plugged",
                why_missed="our payment is proportional to the hours plugged in, which double here; "
                "in the trial they grew 2.7 times, and the pay of an hour 1.6 times, which one price cannot give",
            ),
        ),
    ),
    Trial(
        "EV2Gym, table VII", "https://github.com/StavrosOrf/EV2Gym/issues/28",
        (
            Claim(
                "Satisfaction", "As late as possible: 100% of the departures satisfied",
                "arbitrage", measures.measure_share_at_target, "%", (99.0, 100.0),
            ),
        ),
        conditions="Our departure guard under the price strategy",
    ),
    Trial(
        "BMW and E.ON, 2026",
        "https://gagadget.pl/695177-bmw-i-eon-uruchamiaja-pierwszy-w-niemczech-komercyjny-system-vehicle-to-grid",
        (
            Claim(
                "Bonus", "0.24 EUR per hour plugged in, at most 60 a month",
                "arbitrage", measures.measure_bonus, "EUR a month", (),
                why_incomparable="the offer has terms, and no result of it was found; "
                "ours is the result of these terms",
            ),
        ),
        conditions="The terms of the offer, in its currency",
    ),
    Trial(
        "DTU, frequency reserve",
        "https://orbit.dtu.dk/en/publications/profitability-of-frequency-regulation-by-electric-vehicles-in-den",
        (
            Claim(
                "Added wear", "1 to 2 points more wear on 7 to 12% in five years",
                "arbitrage", measures.measure_added_wear, "%", (),
                why_incomparable="a frequency reserve moves power by the second at a mean near zero; "
                "our strategies trade by the hour and discharge deeply",
            ),
        ),
        conditions="Wear added by V2G over the wear without it",
    ),
    Trial(
        "Azores, 10 cars (blazetrends.com)", "",
        (
            Claim(
                "Income a month", "About 9 EUR a month and car",
                "arbitrage", measures.measure_v2g_month, "MAD a month", (),
                why_incomparable="neither the prices nor the payments of that trial were found",
            ),
        ),
        conditions="Two Moroccan prices; less wear, without services",
    ),
)  # fmt: skip
"""Published figures that can be held against ours. The tolerances were written before the first run."""
CLAIMS = tuple(claim for trial in TRIALS for claim in trial.claims)
TRIAL_OF_CLAIM = {claim.key: trial for trial in TRIALS for claim in trial.claims}

DIAGNOSES = (
    Diagnosis("Round trip", "16 A on three phases, as measured", {"evse_ac_7_share": 0.0, "evse_ac_11_share": 1.0}),
    Diagnosis("Round trip", "DC 50 kW", {"evse_ac_7_share": 0.0, "evse_dc_50_share": 1.0}),
    Diagnosis("SOC at the start", "target SOC 100 %", {"target_soc": 1.0}),
    Diagnosis("SOC at the start", "half the driven energy", {"drive_scale": 0.5}),
    Diagnosis("Plugged in seldom", "`return_share` 0.6", {"return_share": 0.6}),
    Diagnosis("Arbitrage, seldom plugged in", "`return_share` 0.6", {"return_share": 0.6}),
)
"""Runs that explain the claims. They have no verdict: nothing was fixed before them."""
