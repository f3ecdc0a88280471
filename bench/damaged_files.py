"""Damaged files of a user for `bench.fuzz`: each usual kind, with bytes, lines, cells or parts changed at random."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from functools import cache
from random import Random

import pandas as pd

from bench.mutations import HOSTILE_VALUES, mutate
from ev2gym_dashboard.core.site.tariff_text import encode_tariff
from ev2gym_dashboard.service.datasets.packaged import load_tariffs

SIGNS = "0123456789.,;\t-+eE%/\\'\"<>{}[]#=:TZ\n\r \x00\u00a0\u202fé²"
NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
XML_TEXT = re.compile(rb"(?<=[>\"])[^<>\"]+(?=[<\"])")
MAX_DAMAGES = 3
STAYS = [
    {"arrival": "2026-12-15T08:00", "departure": "2026-12-15T17:00", "energy_kwh": 12.5, "vehicle": "a", "soc": 0.4},
    {"arrival": "2026-12-15T09:00+01:00", "departure": "2026-12-15 18:00+01", "energy_kwh": 7, "evse": 2},
]
POWER_KW = {f"max_{kind}_power": 22 for kind in ("ac_charge", "dc_charge", "ac_discharge", "dc_discharge")}
SPEC = {"e-bus": {"battery_capacity": 350, "number_of_registrations": 3} | POWER_KW}


@cache
def list_files() -> dict[str, tuple[str, bytes]]:
    """List sound files: the field of the scenario that each sets, and its content, by its name."""
    hours = pd.DataFrame({"time": pd.date_range("2026-11-26", periods=72, freq="h"), "kW": range(72)})
    prices = hours.assign(kW=0.5).rename(columns={"kW": "MAD/kWh"})
    stays = pd.DataFrame({name: [stay.get(name) for stay in STAYS] for name in ("arrival", "energy_kwh", "vehicle")})
    stays = stays.assign(departure="2026-12-16T06:00")
    workbook, parquet = io.BytesIO(), io.BytesIO()
    hours.to_excel(workbook, index=False)
    stays.to_parquet(parquet)
    tariff = encode_tariff(next(iter(load_tariffs().values())))
    return {
        "load.csv": ("base_load_profile", hours.to_csv(index=False).encode()),
        "prices.csv": ("price_profile", prices.to_csv(index=False, sep=";", decimal=",").encode()),
        "load.xlsx": ("base_load_profile", workbook.getvalue()),
        "stays.csv": ("sessions", stays.to_csv(index=False).encode()),
        "stays.json": ("sessions", json.dumps(STAYS).encode()),
        "stays.parquet": ("sessions", parquet.getvalue()),
        "tariff.toml": ("tariff_spec", tariff.encode()),
        "models.json": ("catalog_spec", json.dumps(SPEC).encode()),
    }


def draw_file(random: Random) -> tuple[str, str, bytes]:
    """Draw a damaged file: the field that it sets, its name and its content."""
    name, (field, content) = random.choice(list(list_files().items()))
    for _ in range(random.randint(1, MAX_DAMAGES)):
        damage = random.choice(DAMAGES.get(name.partition(".")[2], ANY_DAMAGES))
        content = damage(content, random)
    return field, name, content


def _replace_bytes(content: bytes, random: Random) -> bytes:
    start = random.randint(0, len(content))
    end = min(len(content), start + random.randint(0, 12))
    signs = "".join(random.choices(SIGNS, k=random.randint(0, 5))).encode()
    return content[:start] + random.choice((signs, random.randbytes(3))) + content[end:]


def _cut_or_repeat(content: bytes, random: Random) -> bytes:
    start = random.randint(0, len(content))
    return random.choice((content[:start], content + content[start:]))


def _change_lines(content: bytes, random: Random) -> bytes:
    lines = content.split(b"\n")
    place = random.randrange(len(lines))
    lines[place : place + 1] = random.choice(([], [lines[place]] * 2, [b""], [random.choice(lines)]))
    return b"\n".join(lines)


def _replace_number(content: bytes, random: Random) -> bytes:
    return _replace_match(content, NUMBER, random)


def _replace_match(content: bytes, pattern: re.Pattern[bytes], random: Random) -> bytes:
    matches = list(pattern.finditer(content))
    if not matches:
        return content
    match, value = random.choice(matches), random.choice(HOSTILE_VALUES)
    text = value if isinstance(value, str) else json.dumps(value)
    return content[: match.start()] + text.encode("utf-8", "replace") + content[match.end() :]


def _mutate_json(content: bytes, random: Random) -> bytes:
    try:
        return json.dumps(mutate(json.loads(content), random)).encode()
    except (ValueError, RecursionError):
        return content


def _damage_part(content: bytes, random: Random) -> bytes:
    """Change a part of a workbook, and pack all again."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
    except Exception:  # noqa: BLE001
        # A damaged archive raises errors of any kind.
        return content
    name = random.choice(list(parts))
    change: Damage = random.choice((_replace_bytes, _cut_or_repeat, _replace_xml, _replace_xml))
    parts[name] = change(parts[name], random)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, text in parts.items():
            archive.writestr(part, text)
    return stream.getvalue()


def _replace_xml(content: bytes, random: Random) -> bytes:
    return _replace_match(content, XML_TEXT, random)


Damage = Callable[[bytes, Random], bytes]
ANY_DAMAGES: tuple[Damage, ...] = (_replace_bytes, _cut_or_repeat, _change_lines, _replace_number)
DAMAGES: dict[str, tuple[Damage, ...]] = {
    "json": (*ANY_DAMAGES, _mutate_json, _mutate_json),
    "xlsx": (_damage_part, _damage_part, _damage_part, _replace_bytes),
    "parquet": (_replace_bytes,),
}
"""Damages of a kind of file, by the end of its name; of others `ANY_DAMAGES`."""
