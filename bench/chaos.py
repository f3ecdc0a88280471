"""Random faults on a server while visitors tick: each answer is compared with an undisturbed run's: ``make chaos``."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from dataclasses import asdict, dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import orjson
from flask.testing import FlaskClient

from bench.faults import FAULTS, ServerProcess
from bench.record import describe_machine, format_table, write_record
from bench.server import RESPONSE_TIMEOUT_S, SERVER_HOST
from bench.tick import find_tick_callback
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.service.server.health import warm_up_server
from ev2gym_dashboard.service.sessions.run_spec import RunSpec, serialize_run
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.web import ids
from ev2gym_dashboard.web.app import create_app

CALLBACK_PATH = "/_dash-update-component"
TICK_PERIOD_S, RETRY_S, PATIENCE_S = 0.4, 0.2, 180.0
MIN_CALM_S, MAX_CALM_S, QUICK_CALM_S = 0.5, 8.0, 1.0
MAX_STEPS, FLEET_SIZES = 12, (20, 400)
DROP_SHARE, REPEAT_SHARE, CHANGE_SHARE = 0.1, 0.1, 0.15
LANGUAGES = ("fr", "en", "ar")
CATCHING_UP = "catching up"
GATEWAY_STATUSES = (502, 504)


@dataclass
class ChaosCounts:
    """Counts of a visitor: answers that were compared, answers that differ, attempts without an answer, problems."""

    answers: int = 0
    wrong: int = 0
    unanswered: int = 0
    repeated: int = 0
    dropped: int = 0
    lost_connections: int = 0
    waits: int = 0
    longest_attempt_s: float = 0.0
    steps: int = 0
    problems: set[str] = field(default_factory=set)


class ChaosVisitor:
    """Visitor whose every answer is compared with that of an application without faults."""

    def __init__(self, index: int, seed: int, port: int, reference: FlaskClient) -> None:
        self._rng = np.random.default_rng((seed, index))
        self._port, self._reference = port, reference
        self._callback = find_tick_callback(reference.get("/_dash-dependencies").get_json())
        self._lang = LANGUAGES[index % len(LANGUAGES)]
        strategy = str(self._rng.choice(list(STRATEGIES)))
        scenario = Scenario(
            fleet_size=int(self._rng.integers(20, 400)), seed=int(self._rng.integers(2**31)), strategy=strategy
        )
        self._run: dict[str, Any] = serialize_run(RunSpec(scenario, session=f"chaos-{seed}-{index}"))
        self._number = 0
        self._latest: tuple[bytes, Any] | None = None
        self.counts = ChaosCounts()

    def run(self, is_over: Event) -> ChaosCounts:
        """Tick until the time is over, and once more after the last fault."""
        while not is_over.wait(TICK_PERIOD_S):
            self.tick()
        self.tick()
        self.counts.steps = int(self._run["step"])
        return self.counts

    def tick(self) -> None:
        """Tick once, and compare the answer, or first that of the latest request again."""
        if self._latest and self._rng.random() < REPEAT_SHARE:
            self.counts.repeated += 1
            self._compare(self._post(self._latest[0]), self._latest[1])
        body = self._make_body()
        if self._rng.random() < DROP_SHARE:
            self._send_and_close(body)
        answer, expected = self._post(body), self._compute_expected(body)
        self._compare(answer, expected)
        self._latest = body, expected
        reply = expected[ids.REPLY]["data"]
        self._run = reply.get("run") or self._run | {"step": reply["step"]}

    def _make_body(self) -> bytes:
        self._number += 1
        change = self._draw_change() if self._rng.random() < CHANGE_SHARE else None
        request = {"number": self._number, "lang": self._lang, "run": self._run, "set": change}
        request |= {"steps": int(self._rng.integers(1, MAX_STEPS)), "full": self._number == 1}
        value = {"id": ids.REQUEST, "property": "data", "value": request}
        return orjson.dumps(self._callback | {"inputs": [value], "changedPropIds": [f"{ids.REQUEST}.data"]})

    def _draw_change(self) -> dict[str, Any]:
        changes: list[dict[str, Any]] = [
            {"strategy": str(self._rng.choice(list(STRATEGIES)))},
            {"v2g": bool(self._rng.random() < 0.5)},
            {"event": {"minutes": 60, "reduction": 0.4}},
        ]
        return changes[int(self._rng.integers(len(changes)))]

    def _compute_expected(self, body: bytes) -> Any:
        while True:
            response = self._reference.post(CALLBACK_PATH, data=body, content_type="application/json")
            outputs = response.get_json()["response"]
            if not _must_ask_again(outputs):
                return outputs

    def _post(self, body: bytes) -> Any:
        """Post until there is an answer, as the page does; return its outputs, or None."""
        start_s, attempts = time.monotonic(), Counter[str]()
        while time.monotonic() - start_s < PATIENCE_S:
            sent_s = time.monotonic()
            outcome, outputs = self._attempt(body)
            attempts[outcome] += 1
            if outputs is not None:
                return outputs
            self._note(outcome, time.monotonic() - sent_s)
        step, seconds = self._run["step"], time.monotonic() - start_s
        self.counts.problems.add(f"no answer at step {step} in {seconds:.0f} s: {dict(attempts)}")
        return None

    def _attempt(self, body: bytes) -> tuple[str, Any]:
        """Post once; return the outcome in a word, and the outputs if there are any."""
        try:
            status, content = self._post_once(body)
        except (OSError, HTTPException) as error:
            return type(error).__name__, None
        if status != 200:
            # As the page does, a gateway's answer without a server behind it counts as none.
            is_lost = status in GATEWAY_STATUSES and b"nginx" in content
            return f"gateway {status}" if is_lost else f"status {status}: {content[:200]!r}", None
        outputs = orjson.loads(content)["response"]
        return (CATCHING_UP, None) if _must_ask_again(outputs) else ("answered", outputs)

    def _note(self, outcome: str, seconds: float) -> None:
        """Count an attempt without an answer, and wait before the next one."""
        self.counts.longest_attempt_s = round(max(self.counts.longest_attempt_s, seconds), 1)
        if outcome == CATCHING_UP:
            self.counts.waits += 1
            return
        if outcome.startswith("status"):
            self.counts.problems.add(outcome)
        else:
            self.counts.lost_connections += 1
        time.sleep(RETRY_S)

    def _post_once(self, body: bytes) -> tuple[int, bytes]:
        with closing(HTTPConnection(SERVER_HOST, self._port, timeout=RESPONSE_TIMEOUT_S)) as connection:
            connection.request("POST", CALLBACK_PATH, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, response.read()

    def _send_and_close(self, body: bytes) -> None:
        """Send a request and close the connection before, or in the midst of, its answer."""
        self.counts.dropped += 1
        with (
            suppress(OSError, HTTPException),
            closing(HTTPConnection(SERVER_HOST, self._port, timeout=2.0)) as connection,
        ):
            connection.request("POST", CALLBACK_PATH, body, {"Content-Type": "application/json"})
            if self._rng.random() < 0.5:
                connection.getresponse().read(100)

    def _compare(self, answer: Any, expected: Any) -> None:
        if answer is None:
            self.counts.unanswered += 1
            return
        self.counts.answers += 1
        if answer != expected:
            self.counts.wrong += 1
            step = expected[ids.REPLY]["data"].get("step")
            self.counts.problems.add(f"another answer at step {step}: {_name_differences(answer, expected)}")


def _must_ask_again(outputs: Any) -> bool:
    """Return whether an answer tells how far the run is, after the time that it asks the page to wait."""
    data = outputs.get(ids.REPLY, {}).get("data", {})
    # Visitors without a place who ask at once would take the time of those who have one.
    time.sleep(data.get("wait_ms", 0.0) / 1000)
    return "catching_up" in data


def _name_differences(answer: Any, expected: Any) -> str:
    names = sorted(name for name in answer.keys() | expected.keys() if answer.get(name) != expected.get(name))
    return ", ".join(names[:5])


def run_chaos(
    *, seed: int, seconds: float, visitors: int, max_calm_s: float
) -> tuple[list[dict[str, Any]], Counter[str], set[str]]:
    """Return the counts of each visitor, those of the faults, and the problems."""
    rng, faults, is_over = np.random.default_rng(seed), Counter[str](), Event()
    reference = create_app().server
    # Numba must not be imported by several visitors at once.
    warm_up_server()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        server = ServerProcess(Path(folder))
        stack.callback(server.end)
        pool = stack.enter_context(ThreadPoolExecutor(visitors))
        stack.callback(is_over.set)
        people = [ChaosVisitor(index, seed, server.port, reference.test_client()) for index in range(visitors)]
        counts = [pool.submit(person.run, is_over) for person in people]
        end_s = time.monotonic() + seconds
        # Each kind once, before any at random.
        while (n := faults.total()) < len(FAULTS) or time.monotonic() < end_s:
            time.sleep(float(rng.uniform(MIN_CALM_S, max_calm_s)))
            fault = FAULTS[n if n < len(FAULTS) else int(rng.integers(len(FAULTS)))]
            fault(server, rng)
            faults[fault.__name__] += 1
        is_over.set()
        results = [count.result() for count in counts]
    rows = [{"visitor": index, **asdict(result)} for index, result in enumerate(results)]
    problems = set[str]().union(*(row.pop("problems") for row in rows))
    return rows, faults, problems


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the faults, print the tables, and exit with 1 if any answer was wrong."""
    parser = argparse.ArgumentParser(prog="bench.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--visitors", type=int, default=6)
    parser.add_argument("--quick", action="store_true", help="smoke test: each fault once, with 2 visitors")
    parser.add_argument("--json", type=Path, help="file for the results")
    options = parser.parse_args(arguments)
    # The undisturbed runs keep nothing on the disk.
    os.environ["EV2GYM_DASHBOARD_STATE"] = "off"
    machine = describe_machine()
    seconds, visitors = (0.0, 2) if options.quick else (60.0 * options.minutes, options.visitors)
    max_calm_s = QUICK_CALM_S if options.quick else MAX_CALM_S
    rows, faults, problems = run_chaos(seed=options.seed, seconds=seconds, visitors=visitors, max_calm_s=max_calm_s)
    kinds = [{"fault": name, "times": number} for name, number in sorted(faults.items())]
    print(format_table(rows), *([format_table(kinds)] if kinds else []), *sorted(problems), sep="\n\n")
    record = {"machine": machine, "seed": options.seed, "seconds": seconds, "rows": rows, "faults": dict(faults)}
    write_record(record | {"problems": sorted(problems)}, options.json)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
