"""What the commands say, and how they end."""

from __future__ import annotations

import sys
from typing import NoReturn

FAILED = 1
"""Exit code for what was asked rightly and failed."""
WRONG = 2
"""Exit code for what was asked wrongly."""


def fail(message: str, code: int = WRONG) -> NoReturn:
    """Say what to do on the error output, and end."""
    print(message, file=sys.stderr)
    raise SystemExit(code)
