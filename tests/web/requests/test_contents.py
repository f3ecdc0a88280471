"""Contents: a file travels once, a server that lost it asks for it again, and no loss costs the run."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.jobs.queue import JobQueue
from ev2gym_dashboard.service.runtime.settings import STATE_VARIABLE
from ev2gym_dashboard.service.sessions import content_store
from ev2gym_dashboard.service.sessions.content_store import ContentStore, open_content_store
from ev2gym_dashboard.service.sessions.run_spec import RunSpec, serialize_run, serialize_run_by_reference
from ev2gym_dashboard.service.sessions.share_link import SHARE_FORMAT, SHARE_VERSION, encode_share_link
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.components.review.callbacks import build_review_reply
from ev2gym_dashboard.web.pages.compare import callbacks as compare
from ev2gym_dashboard.web.pages.site import callbacks
from ev2gym_dashboard.web.requests import contents
from tests.web.requests.test_session_upload import DEPOT
from tests.web.requests.test_uploads import DAY, PRICES, days, file

LOAD, PRICE = "base_load_profile", "price_profile"
RUN = serialize_run(RunSpec(Scenario(fleet_size=50, strategy="price", start="2026-01-05T00:00"), (), 3, "contents"))


class Server:
    """The server of a test, whose process and shared store may be replaced."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.restart(open_content_store({STATE_VARIABLE: "off"}))

    def restart(self, store: ContentStore | None = None) -> None:
        new = store or open_content_store({STATE_VARIABLE: "off"})
        for module in (content_store, contents):
            self._monkeypatch.setattr(module, "get_content_store", lambda: new)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    return Server(monkeypatch)


def send(run: Any, lang: str = "en", **request: Any) -> dict[str, Any]:
    # As a browser: through JSON.
    values = json.loads(json.dumps({"number": 1, "lang": lang, "run": run, **request}))
    reply: dict[str, Any] = json.loads(json.dumps(callbacks.build_site_reply(values, "build")[ids.REPLY]))
    return reply


def upload(run: Any = RUN, **files: Any) -> dict[str, Any]:
    reply = send(run, restart=True, upload=files)
    assert reply["ok"], reply["issues"]
    return reply


def make_varied_year() -> str:
    times = [row.partition(",")[0] for row in days(366).splitlines()]
    return "\n".join(f"{time},{k * 7919 % 100_003 / 100}" for k, time in enumerate(times))


def test_a_file_comes_back_once_and_a_tick_names_it(server: Server) -> None:
    reply = upload(**{LOAD: file(days(366))})
    run, texts = reply["run"], reply["contents"]
    assert list(texts) == [run["scenario"][LOAD]["sha256"]]
    assert len(json.dumps(run)) < 6_000
    tick = send(run, steps=1)
    assert tick["ok"]
    assert not {"run", "contents"} & set(tick)
    changed = send(run, set={"strategy": "grid_support"})
    assert changed["run"]["scenario"] == run["scenario"]
    assert changed["contents"] == {}, "the browser has it"
    second = upload(run, **{PRICE: file(PRICES)})
    assert list(second["contents"]) == [second["run"]["scenario"][PRICE]["sha256"]]


@pytest.mark.parametrize(("name", "text"), [(LOAD, days(366)), (LOAD, DAY), ("sessions", DEPOT)])
def test_a_server_that_lost_a_file_gets_it_again_and_gives_the_same_reply(server: Server, name: str, text: str) -> None:
    reply = upload(**{name: file(text)})
    expected = send(reply["run"], steps=4)
    server.restart()
    missing = send(reply["run"], steps=4)
    digest = reply["run"]["scenario"][name]["sha256"]
    assert (missing["ok"], missing["send_again"], missing["issues"]) == (False, [digest], [])
    assert send(reply["run"], steps=4, contents=reply["contents"]) == expected
    assert send(reply["run"], steps=4) == expected, "the server has it again"


def test_a_file_that_is_lost_for_good_is_named_in_a_sentence_and_the_run_goes_on_once_it_is_back(
    server: Server,
) -> None:
    reply = upload(**{LOAD: file(DAY), PRICE: file(PRICES)})
    server.restart()
    lost = send(reply["run"], lang="fr", steps=1, kept=True, contents={})
    assert (lost["ok"], lost["lost"]) == (False, True)
    assert [issue["field"] for issue in lost["issues"]] == [LOAD, PRICE]
    assert lost["issues"][0]["text"].startswith("le fichier n’est plus ni sur le serveur ni dans ce navigateur")
    assert lost["states"] == {ids.make_file_row_id(name): "on" for name in (LOAD, PRICE)}
    assert send(reply["run"], steps=1, contents=reply["contents"])["step"] == 1


def test_of_two_lost_files_each_is_replaced_or_removed(server: Server) -> None:
    run = upload(**{LOAD: file(DAY), PRICE: file(PRICES)})["run"]
    server.restart()
    one = send(run, restart=True, upload={LOAD: file(DAY)}, contents={})
    assert [issue["field"] for issue in one["issues"]] == [PRICE], "the other one is still lost"
    both = send(run, restart=True, upload={LOAD: file(DAY), PRICE: None})
    assert both["ok"]
    assert both["run"]["scenario"][LOAD] == run["scenario"][LOAD]
    assert both["run"]["scenario"][PRICE] == []
    assert len(both["contents"]) == 1, "a browser that lost it gets it"


def test_a_file_is_checked_although_others_of_the_run_are_lost(server: Server) -> None:
    reply = upload(**{LOAD: file(DAY), PRICE: file(PRICES)})
    server.restart()
    request = {"number": 1, "lang": "en", "run": reply["run"], "field": LOAD, "upload": file(DAY)}
    missing = build_review_reply(request, "build")[-1]
    assert missing["send_again"] == [reply["run"]["scenario"][PRICE]["sha256"]], "not the one that is replaced"
    assert build_review_reply(request | {"contents": {}}, "build")[-1]["ok"]
    assert build_review_reply(request | {"contents": reply["contents"]}, "build")[-1]["ok"]


def test_a_changed_content_of_a_browser_is_not_taken_for_the_file(server: Server) -> None:
    reply = upload(**{LOAD: file(DAY)})
    server.restart()
    ((digest, text),) = reply["contents"].items()
    assert send(reply["run"], steps=1, contents={digest: text.replace("101", "901")})["lost"]
    assert send(reply["run"], steps=1)["send_again"] == [digest]


def test_a_run_that_an_older_page_stored_with_its_files_gets_their_digests(server: Server) -> None:
    held = upload(**{LOAD: file(DAY)})["run"]
    with_file = held | {"scenario": held["scenario"] | {LOAD: [[float(100 + hour) for hour in range(24)]]}}
    reply = send(with_file, kept=True, fill=True)
    assert reply["run"]["scenario"] == held["scenario"]
    assert list(reply["contents"]) == [held["scenario"][LOAD]["sha256"]]


def test_a_second_browser_opens_the_run_file_of_the_first_one_on_another_server(server: Server) -> None:
    reply = upload(**{LOAD: file(days(366)), "sessions": file(DEPOT.replace("2025-03", "2026-03"))})
    # As the script writes it: the files in place of their digests.
    scenario = {
        name: json.loads(reply["contents"][value["sha256"]]) if isinstance(value, dict) and "sha256" in value else value
        for name, value in reply["run"]["scenario"].items()
    }
    run = {name: value for name, value in reply["run"].items() if name != "session"} | {"scenario": scenario}
    server.restart()
    opened = send(None, file=json.dumps({"format": SHARE_FORMAT, "version": SHARE_VERSION, "run": run}), fill=True)
    assert opened["ok"], opened["issues"]
    assert opened["run"]["scenario"] == reply["run"]["scenario"]
    assert opened["contents"] == reply["contents"]
    assert send(opened["run"], steps=4)["texts"] == send(reply["run"], steps=4)["texts"]


def test_the_server_gives_a_browser_that_lost_its_files_those_for_a_run_file(server: Server) -> None:
    reply = upload(**{LOAD: file(DAY)})
    assert send(reply["run"], save=True)["contents"] == reply["contents"]


def test_a_link_carries_small_files_and_a_run_with_large_ones_has_none(server: Server) -> None:
    small, large = upload(**{LOAD: file(DAY)}), upload(**{LOAD: file(make_varied_year())})
    link = send(small["run"], share=True)["link"]
    server.restart()
    assert send(None, link=link, fill=True)["run"]["scenario"] == small["run"]["scenario"]
    assert send(large["run"], share=True, contents=large["contents"])["link"] is None
    flat = RunSpec(Scenario(base_load_profile=[1.0] * 1440, price_profile=[1.0] * 1440, catalog_spec="0" * 400_000))
    assert encode_share_link(flat) is None, "it would be refused when it is opened"


def test_a_comparison_names_its_files_and_its_key_does_not_depend_on_the_server(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    queue = JobQueue(tmp_path / "jobs.sqlite3", launch=lambda _path, _owner: None)
    monkeypatch.setattr(compare, "open_job_queue", lambda: queue)
    reply = upload(**{LOAD: file(days(366))})
    start = {"number": 1, "lang": "en", "action": "start", "run": reply["run"], "period": "day", "seeds": "1"}
    started = compare.build_compare_reply(start, "build")[ids.COMPARE_REPLY]
    assert (started["ok"], started["state"]) == (True, "waiting")
    assert len(json.dumps(started["comparison"])) < 6_000
    with queue.connect() as connection:
        (stored,) = connection.execute("SELECT request FROM job").fetchone()
    assert len(stored) > 200_000, "the worker process has the file in its request"
    server.restart()
    poll = {"number": 2, "lang": "en", "action": "poll", "comparison": started["comparison"]}
    missing = compare.build_compare_reply(poll, "build")[ids.COMPARE_REPLY]
    assert missing["send_again"] == list(reply["contents"])
    lost = compare.build_compare_reply(poll | {"contents": {}}, "build")[ids.COMPARE_REPLY]
    assert lost["issues"][0].startswith("Site load without EVs, from your file: the file is neither on the server")
    polled = compare.build_compare_reply(poll | {"contents": reply["contents"]}, "build")[ids.COMPARE_REPLY]
    assert (polled["key"], polled["state"]) == (started["key"], "waiting")


def test_two_runs_with_one_file_have_one_content(server: Server) -> None:
    first, second = upload(**{LOAD: file(DAY)}), upload(**{LOAD: file(DAY)})
    assert first["contents"] == second["contents"]
    assert first["run"]["session"] != second["run"]["session"]


def test_a_run_without_files_is_stored_as_before() -> None:
    run = RunSpec(Scenario(fleet_size=5), step=2)
    assert serialize_run_by_reference(run) == serialize_run(run)
