"""Scripts of the page: in which order they run, which come later, and which never."""

from __future__ import annotations

import re

from ev2gym_dashboard.service.datasets.paths import PLOTLY_FILE

BASE_SCRIPTS = (
    "ids.js",
    "theme.js",
    "dom.js",
    "storage.js",
    "later-scripts.js",
    "plotly-loader.js",
    "grid.js",
    "grid-loader.js",
    "contents.js",
    "server.js",
    "transport.js",
    "served.js",
    "request.js",
    "commands.js",
    "clock.js",
    "replay.js",
    "static-view.js",
    "first-run.js",
    "first-sight.js",
)
"""The scripts that the others build on, in the order in which they run; the others follow by name."""
OWN_SCRIPTS = re.compile(r'<script src="[^"]*/assets/[^"]*"></script>')
UNNEEDED_SCRIPTS = re.compile(r'<script src="[^"]*/(?:polyfill@|dash_table/)[^"]*"></script>')
"""Scripts of Dash for browsers that cannot show this page anyway, and for a component that it does not have."""
LATER_SCRIPTS = {
    "grid": re.compile(r'<script src="([^"]*/dash_ag_grid/[^"]*)"></script>'),
    "plotly": re.compile(rf'<script src="([^"]*/{re.escape(PLOTLY_FILE)}[^"]*)"></script>'),
}
"""The scripts that `later-scripts.js` loads: AG Grid near its table, and Plotly when the first numbers are shown."""


def name_later_scripts(scripts: str) -> str:
    """Return the elements that give `later-scripts.js` its addresses, from the script elements of Dash."""
    addresses = {name: pattern.findall(scripts)[0] for name, pattern in LATER_SCRIPTS.items()}
    # Plotly comes over the network meanwhile, behind what the numbers need.
    preload = f'<link rel="preload" as="script" fetchpriority="low" href="{addresses["plotly"]}">'
    return "\n    ".join(
        [*(f'<meta name="{name}-script" content="{address}">' for name, address in addresses.items()), preload]
    )


def leave_out_scripts(scripts: str) -> str:
    """Return the script elements of Dash's own files, without those that the page loads later or never."""
    for pattern in (UNNEEDED_SCRIPTS, *LATER_SCRIPTS.values(), OWN_SCRIPTS):
        scripts = pattern.sub("", scripts)
    return scripts.strip()
