"""Fail unless each named module ran tests and skipped none: ``tests_ran.py REPORT MODULE...``."""

import sys
import xml.etree.ElementTree as ET
from pathlib import Path

report, *modules = sys.argv[1:]
cases = list(ET.parse(report).iter("testcase")) if Path(report).is_file() else []
problems = []
for module in modules:
    selected = [case for case in cases if f"{case.get('classname')}.".startswith(f"{module}.")]
    skipped = [str(case.get("name")) for case in selected if case.find("skipped") is not None]
    problems += [f"{module}: skipped {', '.join(skipped)}"] if skipped else []
    problems += [] if selected else [f"{module}: no test was run"]
    print(f"{module}: {len(selected) - len(skipped)} tests run")
sys.exit("\n".join(problems) or None)
