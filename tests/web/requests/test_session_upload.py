"""Upload of charging sessions: the run moves to their first day, and a wrong file leaves it as it is."""

from __future__ import annotations

from ev2gym_dashboard.service.sessions.run_spec import parse_run
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.i18n import Translator
from tests.web.requests.test_uploads import file, send, upload

DEPOT = "vehicle,capacity_kwh,power_kw,arrival,departure,energy_kwh\n" + "\n".join(
    f"van {i},75,11,2025-03-0{day}T17:00,2025-03-0{day + 1}T06:00,40" for i in range(3) for day in (3, 4)
)


def test_the_run_restarts_at_the_first_day_with_the_vehicles_of_the_file() -> None:
    reply = upload(sessions=file(DEPOT, "depot.csv"))
    scenario = parse_run(reply["run"]).scenario
    assert (scenario.start, scenario.fleet_size, scenario.strategy) == ("2025-03-03T00:00", 3, "price")
    assert scenario.sessions is not None
    text = reply["texts"][ids.make_file_text_id("sessions")]
    assert text == "depot.csv: 6 stays of 3 vehicles, from 2025-03-03T17:00 to 2025-03-05T06:00"
    advanced = send(parse_run(reply["run"]), steps=80)
    assert advanced["ok"] is True


def test_removing_the_file_draws_the_sessions_again() -> None:
    run = parse_run(upload(sessions=file(DEPOT, "depot.csv"))["run"])
    assert parse_run(send(run, restart=True, upload={"sessions": None})["run"]).scenario.sessions is None


def test_a_wrong_file_names_its_rows_in_the_language_of_the_user(french: Translator) -> None:
    reply = send(lang="fr", restart=True, upload={"sessions": file(DEPOT.replace(",40", ",beaucoup", 1), "depot.csv")})
    assert reply["ok"] is False
    texts = [issue["text"] for issue in reply["issues"]]
    assert texts[0].startswith("depot.csv ")
    cell = french("{name}: {text}", name="energy_kwh", text="doit être un nombre, et non beaucoup")
    assert texts[1] == french("row {row}: {text}", row="2", text=cell)


def test_a_file_that_is_too_large_for_the_page_says_what_to_do() -> None:
    rows = [f"2025-03-03T{i % 24:02}:{i % 60:02}:{i % 59:02},2025-03-09T06:00,{i / 7919:.6f}" for i in range(60_001)]
    reply = upload(sessions=file("arrival,departure,energy_kwh\n" + "\n".join(rows), "many.csv"))
    assert "60,000 sessions here, not 60,001: use fewer days" in reply["issues"][-1]["text"]
