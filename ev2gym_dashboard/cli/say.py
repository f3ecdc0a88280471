"""What the commands say, and how they end."""

from __future__ import annotations

import sys
from typing import NoReturn

WRONG = 2
"""Exit code for what was asked wrongly; 1 is for what was asked rightly and failed."""


def fail(message: str) -> NoReturn:
    """Say what to do on the error output, and end."""
    print(message, file=sys.stderr)
    raise SystemExit(WRONG)
