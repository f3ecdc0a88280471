"""Warm-up: compile the kernels and compress the page's files before somebody waits for them; run as a module."""

from __future__ import annotations

import re
from threading import Thread

from dash import Dash

from ev2gym_dashboard.service.simulation.warm_up import compile_kernels
from ev2gym_dashboard.web.app import create_app
from ev2gym_dashboard.web.middleware.compression import open_compressed_files

LATER_SCRIPTS = ("dash_ag_grid/async-community.js", "dash/dcc/async-graph.js", "dash/dcc/async-upload.js")
"""Scripts that Dash loads when the first component that needs them is drawn."""


def compress_page(app: Dash) -> None:
    """Compress all files that a visitor of the page gets."""
    client, files = app.server.test_client(), open_compressed_files()
    page = client.get("/").get_data(as_text=True)
    addresses = re.findall(r'(?:src|href|content)="([^"]+\.(?:js|css)[^"]*)"', page)
    addresses += [f"/_dash-component-suites/{name}" for name in LATER_SCRIPTS]
    for address in addresses:
        files.press(client.get(address, buffered=True).get_data())


if __name__ == "__main__":
    compression = Thread(target=compress_page, args=(create_app(),))
    compression.start()
    compile_kernels(plans_beside=True)
    compression.join()
