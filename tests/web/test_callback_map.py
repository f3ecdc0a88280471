"""Dash's map of callbacks tells which components are bound."""

from __future__ import annotations

from ev2gym_dashboard.web.callback_map import list_bound_ids, split_outputs


def test_the_outputs_of_a_callback_are_those_of_its_name() -> None:
    assert split_outputs("a.data") == [("a", "data")]
    assert split_outputs("..a.data...b-c.children@1..") == [("a", "data"), ("b-c", "children@1")]


def test_the_ids_of_inputs_states_and_outputs_are_bound() -> None:
    callbacks = {
        "..a.data...b.children..": {"inputs": [{"id": "c", "property": "n_clicks"}], "state": []},
        "d.data": {"inputs": [], "state": [{"id": "e", "property": "value"}]},
    }
    assert list_bound_ids(callbacks) == set("abcde")
