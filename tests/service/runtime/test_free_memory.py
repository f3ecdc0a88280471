"""Free memory goes back to the system, where its C library can."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ev2gym_dashboard.service.runtime import free_memory

FREE_MUCH = """
import sys
from pathlib import Path
from ev2gym_dashboard.service.runtime.free_memory import return_free_memory

def read_memory_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6

# Too small for pages of their own, and the last one holds the end of the heap.
texts = [bytes(50_000) for _ in range(2_000)]
last = texts[-1]
del texts
before_mb = read_memory_mb()
return_free_memory()
print(before_mb - read_memory_mb())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_what_was_freed_goes_back_to_the_system() -> None:
    command = [sys.executable, "-c", FREE_MUCH]
    returned_mb = float(subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout)
    assert returned_mb > 90.0


def test_a_c_library_that_cannot_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    free_memory._find_trim.cache_clear()
    free_memory.return_free_memory()
    assert free_memory._find_trim() is None
    free_memory._find_trim.cache_clear()
