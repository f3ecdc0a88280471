"""Contents of a scenario: the user's series, sessions, tariff and models, which a page's record names by digest."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from ev2gym_dashboard.core.charging_sessions import MAX_SHORT_BYTES, ChargingSessions, pack_sessions, unpack_sessions
from ev2gym_dashboard.core.profile import Profile, parse_profile_value, serialize_profile
from ev2gym_dashboard.core.scenario import Scenario
from ev2gym_dashboard.core.scenario_options import PROFILE_BOUNDS
from ev2gym_dashboard.core.schema import Issue, ValidationError
from ev2gym_dashboard.service.datasets.json_text import parse_json
from ev2gym_dashboard.service.scenarios.serialization import (
    canonicalize_scenario,
    encode_canonical,
    serialize_scenario,
)

Content = Profile | ChargingSessions | str
FindContent = Callable[[str, str], Content | None]
"""Return the content of a field by the digest; None if it is nowhere."""
CONTENT_FIELDS = (*PROFILE_BOUNDS, "tariff_spec", "sessions", "catalog_spec")
NO_CONTENTS: dict[str, Any] = {name: getattr(Scenario(), name) for name in CONTENT_FIELDS}
DIGEST_KEY = "sha256"
DIGEST_PATTERN = re.compile("[0-9a-f]{64}")
MAX_CACHED_DIGESTS = 32
"""Few, because each keeps its content alive, up to megabytes."""


class ContentsMissing(Exception):
    """A run names contents that are nowhere; carries their digests by field."""

    def __init__(self, digests: Mapping[str, str]) -> None:
        self.digests = dict(digests)
        super().__init__(", ".join(self.digests))


def list_contents(scenario: Scenario) -> dict[str, Content]:
    """Return the contents of a scenario by field, without empty ones."""
    return {name: content for name in CONTENT_FIELDS if (content := getattr(scenario, name))}


def encode_content(content: Content) -> str:
    """Return a content as text, of which its digest is made."""
    if isinstance(content, Profile):
        return encode_canonical(serialize_profile(content))
    return encode_canonical(pack_sessions(content) if isinstance(content, ChargingSessions) else content)


def decode_content(name: str, text: str) -> Content:
    """Return the content of a field from untrusted text.

    Raises
    ------
    ValidationError
        With one issue of the field.
    """
    try:
        return _parse_content(name, parse_json(text))
    except (ValueError, RecursionError):
        raise _refuse(name) from None


@lru_cache(maxsize=MAX_CACHED_DIGESTS)
def compute_digest(content: Content) -> str:
    """Return the SHA-256 of a content, in hexadecimal digits."""
    return hash_text(encode_content(content))


def hash_text(text: str) -> str:
    """Return the SHA-256 of the text of a content, in hexadecimal digits."""
    # A browser may send half of a surrogate pair, which has no UTF-8.
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def serialize_by_reference(scenario: Scenario) -> dict[str, Any]:
    """Return every field of a scenario by name, its contents as their digests."""
    references = {name: {DIGEST_KEY: compute_digest(content)} for name, content in list_contents(scenario).items()}
    return serialize_scenario(replace(scenario, **NO_CONTENTS)) | references


def encode_by_reference(scenario: Scenario) -> str:
    """Return a scenario as short canonical text: equal scenarios have equal texts, and no others."""
    return encode_canonical(serialize_by_reference(canonicalize_scenario(scenario)))


def list_references(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the digests of the contents that stored values of a scenario name, by field."""
    digests = {name: _read_digest(values.get(name)) for name in CONTENT_FIELDS}
    return {name: digest for name, digest in digests.items() if digest}


def has_contents(values: Mapping[str, Any]) -> bool:
    """Return whether stored values of a scenario name or carry a content."""
    return any(values.get(name) for name in CONTENT_FIELDS)


def has_inline_contents(values: Mapping[str, Any]) -> bool:
    """Return whether stored values of a scenario carry a content, as those of former versions do."""
    # Each tick of a run asks it, most of them of a run without any.
    if not has_contents(values):
        return False
    references = list_references(values)
    return any(values.get(name) for name in CONTENT_FIELDS if name not in references)


def restore_contents(values: Mapping[str, Any], find: FindContent | None) -> dict[str, Any]:
    """Return untrusted, stored values of a scenario with contents in place of their digests.

    Without ``find`` the values carry their contents, and a digest stays in place of one, which no scenario takes.

    Raises
    ------
    ContentsMissing
        With every digest that is not found.
    ValidationError
        If sessions that are not named by a digest hold more than a request may.
    """
    digests = list_references(values)
    contents = {name: find(name, digest) for name, digest in digests.items()} if find else {}
    if missing := [name for name, content in contents.items() if content is None]:
        raise ContentsMissing({name: digests[name] for name in missing})
    if isinstance(packed := values.get("sessions"), str) and packed:
        contents["sessions"] = _parse_content("sessions", packed)
    return {**values, **contents}


def _parse_content(name: str, stored: Any) -> Content:
    if name in PROFILE_BOUNDS:
        return parse_profile_value(stored)
    if not isinstance(stored, str):
        raise _refuse(name)
    return unpack_sessions(stored, max_bytes=MAX_SHORT_BYTES) if name == "sessions" else stored


def _refuse(name: str) -> ValidationError:
    return ValidationError([Issue(name, "is damaged: choose the file again")])


def _read_digest(stored: object) -> str | None:
    digest = stored.get(DIGEST_KEY) if isinstance(stored, Mapping) and len(stored) == 1 else None
    return digest if isinstance(digest, str) and DIGEST_PATTERN.fullmatch(digest) else None
