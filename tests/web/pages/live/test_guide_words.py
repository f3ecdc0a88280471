"""The words of the French guide to EV2Gym's vehicles are on the page, for those who search for them."""

from __future__ import annotations

import json

import pytest
from plotly.utils import PlotlyJSONEncoder

from ev2gym_dashboard.web.i18n import Translator
from ev2gym_dashboard.web.pages.live.layout import render_live_layout


@pytest.mark.parametrize(
    "words",
    [
        "Support réseau (Grid Support)",
        "Écrêtage de pointe (Peak Shaving)",
        "(Price Optimization)",
        "(Renewable Integration)",
        "(Idle)",
        "Répartition V2G",
        "Top 5 modèles",
    ],
)
def test_the_words_of_the_guide_are_on_the_page(words: str, french: Translator) -> None:
    assert words in json.dumps(render_live_layout(french), cls=PlotlyJSONEncoder, ensure_ascii=False)


def test_the_page_says_in_a_sentence_that_vehicles_are_simulated(french: Translator) -> None:
    sentence = "Des véhicules simulés arrivent, se rechargent (G2V), rendent de l’énergie (V2G) et repartent."
    assert sentence in json.dumps(render_live_layout(french), cls=PlotlyJSONEncoder, ensure_ascii=False)
