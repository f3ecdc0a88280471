"""Fails unless browser tests were run, and none of them was skipped."""

import sys
import xml.etree.ElementTree as ET
from pathlib import Path

report = Path(sys.argv[1])
cases = ET.parse(report).iter("testcase") if report.is_file() else []
browser = [case for case in cases if case.get("classname", "").startswith("tests.browser.")]
skipped = [case.get("name") for case in browser if case.find("skipped") is not None]
if skipped or not browser:
    sys.exit(f"Browser tests skipped: {', '.join(map(str, skipped))}" if skipped else "No browser test was run")
print(f"Browser tests run: {len(browser)}")
