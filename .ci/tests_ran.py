"""Fails unless the tests of each named module were run, and none of them was skipped: tests_ran.py REPORT MODULE..."""

import sys
import xml.etree.ElementTree as ET
from pathlib import Path

report, *modules = sys.argv[1:]
cases = list(ET.parse(report).iter("testcase")) if Path(report).is_file() else []
wrong = []
for module in modules:
    ours = [case for case in cases if f"{case.get('classname')}.".startswith(f"{module}.")]
    skipped = [str(case.get("name")) for case in ours if case.find("skipped") is not None]
    wrong += [f"{module}: skipped {', '.join(skipped)}"] if skipped else []
    wrong += [] if ours else [f"{module}: no test was run"]
    print(f"{module}: {len(ours) - len(skipped)} tests run")
sys.exit("\n".join(wrong) or None)
