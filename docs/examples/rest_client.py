"""REST client: run a scenario on a server and print its KPIs; the example of docs/rest.md, without any package.

Usage: ``python docs/examples/rest_client.py http://127.0.0.1:8888``
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any
from urllib.parse import urljoin
from urllib.request import Request, urlopen

POLL_S = 0.5


def send(address: str, body: object = None) -> Any:
    """Return the JSON answer of an address; a body is posted."""
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(address, data, {"Content-Type": "application/json"}), timeout=60) as answer:  # noqa: S310
        return json.load(answer)


def compute(server: str, study: str, body: object) -> tuple[Any, dict[str, str]]:
    """Return the figures of a study, and the addresses of its tables."""
    job = send(urljoin(server, f"api/v1/{study}"), body)
    while job["state"] in {"waiting", "running"}:
        time.sleep(POLL_S)
        job = send(urljoin(server, job["links"]["self"]))
    if job["state"] != "done":
        raise SystemExit(f"The job is {job['state']}: {job.get('issues')}")
    links = {name: urljoin(server, link) for name, link in job["links"].items()}
    return send(links["result"]), links


def main(server: str) -> None:
    """Run a day of 100 vehicles under a strategy, and print its KPIs and its highest load."""
    document, links = compute(server, "runs", {"scenario": {"fleet_size": 100, "strategy": "peak_shaving"}})
    for name in ("total_mad", "peak_kw", "v2g_kwh"):
        print(name, document["kpis"][name])
    print("highest load of the fleet [kW]", max(row["net_power_kw"] for row in send(links["series"])))


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/") + "/")
