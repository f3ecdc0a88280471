"""Settings of Sphinx, which builds the documentation site: ``make site``."""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx

from ev2gym_dashboard import __version__

project = "EV2Gym Dashboard"
author = "EV2Gym Dashboard contributors"
copyright = author  # noqa: A001
release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build", "examples", "deploy", "pages/*", "study/*"]
root_doc = "index"
language = "en"

html_theme = "furo"
html_title = f"EV2Gym Dashboard {release}"
html_favicon = "../assets/icon.svg"
html_copy_source = False
html_show_sphinx = False

myst_heading_anchors = 4
myst_enable_extensions = ["fieldlist"]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
napoleon_google_docstring = False
napoleon_use_rtype = False


def set_page_language(_app: Sphinx, page: str, _template: str, context: dict[str, Any], _tree: object) -> None:
    """Declare the French pages as such, for screen readers and hyphenation."""
    if page.startswith("fr/"):
        context["language"] = "fr"


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", set_page_language)
