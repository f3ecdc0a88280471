"""Message catalogs: collect the texts of the page from code and tables, and update the catalog of each language."""

from __future__ import annotations

import argparse
import ast
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from ev2gym_dashboard.core.control.reasons import Reason
from ev2gym_dashboard.core.engine.recorder import COLUMNS
from ev2gym_dashboard.core.kpi_formulas import KPI_FORMULAS
from ev2gym_dashboard.core.site.tariff import FLAT_NAME, FLAT_NOTE
from ev2gym_dashboard.integrations.ev2gym.config_keys import HOMOGENEOUS_ONLY, LEFT_OUT, UNKNOWN_REASON
from ev2gym_dashboard.service.comparison.result import COMPARISON_KPIS
from ev2gym_dashboard.service.datasets.catalogs import CATALOGS, REGISTRATIONS_NOTE, USER_REGISTRATIONS_NOTE
from ev2gym_dashboard.service.datasets.packaged import load_tariffs, read_load_shapes
from ev2gym_dashboard.service.datasets.spec_dialects import ASSUMPTIONS, FOREIGN_KINDS
from ev2gym_dashboard.service.datasets.v2g_as_sold import NO_SOURCE, SOLD_MODELS
from ev2gym_dashboard.service.scenarios.gallery import GALLERY
from ev2gym_dashboard.service.sessions.fleet_view import CURRENT_COLUMNS, CURRENT_FIGURES
from ev2gym_dashboard.service.simulation.model_table import MODEL_COLUMNS
from ev2gym_dashboard.service.simulation.v2g_value import VALUE_VERDICTS
from ev2gym_dashboard.strategies import STRATEGIES
from ev2gym_dashboard.web.components.legend_definitions import LEGEND_DEFINITIONS
from ev2gym_dashboard.web.i18n import LANGUAGES, LOCALE_FOLDER, find_catalog_file
from ev2gym_dashboard.web.pages.about.published import list_published_texts
from ev2gym_dashboard.web.pages.live.table import FLEET_COLUMNS

PACKAGE = Path(__file__).parents[1] / "ev2gym_dashboard"
TEXT_ARGUMENTS = {"_": 0, "N_": 0, "Issue": 1, "_make_issue": 1, "make_issue": 1, "add_issue": 1}
TEXT_ARGUMENTS |= {"_add_issue": 1, "assume": 1, "get_or_assume": 2}
TEXT_ARGUMENTS |= {"declare_quantity": 4, "declare_switch": 1, "declare_choice": 2, "declare_text": 0}
"""Position of the text among the arguments of the calls that mark one."""
PLURAL_CALL = "plural"
"""Name of the call whose first two arguments are the singular and the plural of one text."""
Msgid = str | tuple[str, str]
"""A text as the catalogs name it; one with a number: its singular and its plural."""
ENGLISH_FILES = (
    "service/runtime/settings.py",
    "service/scenarios/toml_file.py",
    "service/scenarios/series_files.py",
    "service/execution/dask_cluster.py",
    *(
        f"integrations/ev2gym/{name}.py"
        for name in ("agent", "config", "env_ahead", "ports", "replay", "replay_writer")
    ),
)
ENGLISH_ROOMS = ("cli", "integrations/gym", "service/reports", "service/sweeps")
ENGLISH_LANGUAGE = "en"
HEADER = """\
# Texts of the EV2Gym dashboard.
msgid ""
msgstr ""
"Project-Id-Version: EV2Gym dashboard\\n"
"Language: {lang}\\n"
"Plural-Forms: nplurals={number}; plural={plural};\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


@cache
def list_msgids() -> frozenset[Msgid]:
    """Return every text that the page may show, as it is written in code and data files."""
    return frozenset((*_list_marked_texts(), *_list_table_texts()))


def read_catalog(lang: str) -> Catalog:
    """Return the catalog of a language, an empty one if it has no file yet."""
    path = find_catalog_file(lang)
    if not path.exists():
        return Catalog(locale=lang)
    with path.open("rb") as file:
        return read_po(file, locale=lang)


def update_catalog(catalog: Catalog, msgids: Iterable[Msgid]) -> Catalog:
    """Return a catalog of exactly the given texts with the translations that exist; a new text has none.

    The English catalog holds only the texts that the page words differently from the command line.
    """
    translations = {message.id: message.string or "" for message in catalog if message.id}
    lang = str(catalog.locale)
    updated = Catalog(locale=lang)
    for msgid in msgids:
        if lang != ENGLISH_LANGUAGE or msgid in translations:
            updated.add(msgid, translations.get(msgid, ""))
    for message in updated:
        # Babel takes "95% confidence" for a printf placeholder; the texts only have {braces}.
        message.flags.discard("python-format")
    return updated


def format_catalog(catalog: Catalog) -> str:
    """Return a catalog as a sorted .po file, without dates and line numbers, which would change in every commit."""
    body = BytesIO()
    write_po(body, catalog, width=0, no_location=True, omit_header=True, sort_output=True)
    header = HEADER.format(lang=catalog.locale, number=catalog.num_plurals, plural=catalog.plural_expr)
    return header + body.getvalue().decode("utf-8").strip() + "\n"


def format_catalogs() -> Mapping[Path, str]:
    """Return the updated text of each catalog by its file."""
    msgids = list_msgids()
    languages = sorted(path.name for path in LOCALE_FOLDER.iterdir() if path.is_dir())
    return {find_catalog_file(lang): format_catalog(update_catalog(read_catalog(lang), msgids)) for lang in languages}


def count_missing(lang: str) -> int:
    """Return the number of texts without a translation; English needs none."""
    translated = {message.id for message in read_catalog(lang) if _is_complete(message)}
    return 0 if lang == ENGLISH_LANGUAGE else len(list_msgids() - translated)


def _is_complete(message: Message) -> bool:
    """Return whether a text is translated, in each form of the language if it has a number."""
    forms = (message.string,) if isinstance(message.string, str) else message.string or ("",)
    return all(forms)


def _list_marked_texts() -> Iterator[Msgid]:
    english = {PACKAGE / name for name in ENGLISH_FILES}
    english |= {path for room in ENGLISH_ROOMS for path in (PACKAGE / room).rglob("*.py")}
    paths = [path for path in sorted(PACKAGE.rglob("*.py")) if path not in english]
    modules = [list(ast.walk(ast.parse(path.read_text(encoding="utf-8")))) for path in paths]
    # A call may name a constant of another module.
    constants = {
        argument.id for nodes in modules for argument in _find_text_arguments(nodes) if isinstance(argument, ast.Name)
    }
    for nodes in modules:
        yield from _find_marked_texts(nodes, constants)


def _find_marked_texts(nodes: Sequence[ast.AST], constants: Collection[str]) -> Iterator[Msgid]:
    texts = [*_find_text_arguments(nodes), *_find_assigned_texts(nodes, constants)]
    yield from (text for node in texts if isinstance(text := getattr(node, "value", None), str))
    for call in _find_calls(nodes):
        if _get_call_name(call) == PLURAL_CALL:
            singular, plural = map(ast.literal_eval, call.args[:2])
            yield singular, plural


def _find_assigned_texts(nodes: Sequence[ast.AST], constants: Collection[str]) -> Iterator[ast.AST]:
    """Return the values of the variables that hold a text: the layers below the page cannot mark it."""
    for node in nodes:
        name = getattr(node.targets[0], "id", "") if isinstance(node, ast.Assign) else ""
        if isinstance(node, ast.Assign) and (name == "template" or (name.isupper() and name in constants)):
            yield node.value


def _find_text_arguments(nodes: Sequence[ast.AST]) -> Iterator[ast.AST]:
    for call in _find_calls(nodes):
        position = TEXT_ARGUMENTS.get(_get_call_name(call), len(call.args))
        if position < len(call.args):
            yield call.args[position]


def _find_calls(nodes: Sequence[ast.AST]) -> Iterator[ast.Call]:
    return (node for node in nodes if isinstance(node, ast.Call))


def _get_call_name(call: ast.Call) -> str:
    return str(getattr(call.func, "id", getattr(call.func, "attr", "")))


def _list_table_texts() -> set[str]:
    strategies = {text for strategy in STRATEGIES.built_in.values() for text in (strategy.name, strategy.rule)}
    kpis = {text for name, kpi in COMPARISON_KPIS.items() for text in (kpi.label, KPI_FORMULAS[name].text)}
    reasons = {reason.text for reason in Reason}
    figures = {*CURRENT_FIGURES.values(), *(COLUMNS[name] for name in CURRENT_COLUMNS)}
    figures |= {text for definitions in LEGEND_DEFINITIONS.values() for text in definitions.values()}
    figures |= {MODEL_COLUMNS[column.key] for column in FLEET_COLUMNS}
    gallery = {text for entry in GALLERY.values() for text in (entry.name, entry.about)}
    return strategies | kpis | reasons | gallery | figures | set(VALUE_VERDICTS.values()) | _list_data_texts()


def _list_data_texts() -> set[str]:
    tariffs, shapes = load_tariffs().values(), read_load_shapes()
    texts = {text for tariff in tariffs for text in (tariff.note, tariff.source)} | {FLAT_NAME, FLAT_NOTE}
    texts |= {text for tariff in tariffs if tariff.export for text in (tariff.export.note, tariff.export.source)}
    texts |= {shapes.note, shapes.source, shapes.ramadan_note, shapes.ramadan_source}
    texts |= {*ASSUMPTIONS.values(), *(kind.template for kind in FOREIGN_KINDS)}
    texts |= {*LEFT_OUT.values(), HOMOGENEOUS_ONLY, UNKNOWN_REASON}
    texts |= {NO_SOURCE, *(sold.source for sold in SOLD_MODELS)} | list_published_texts()
    return texts | {catalog.label for catalog in CATALOGS.values()} | {REGISTRATIONS_NOTE, USER_REGISTRATIONS_NOTE}


def main() -> int:
    """Update the catalogs; with ``--check`` or ``--complete`` only report, by the exit code, their state."""
    parser = argparse.ArgumentParser(description="Update the message catalogs from the texts in code and data files.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit with 1 if a catalog is out of date")
    parser.add_argument(
        "--complete", action="store_true", help="change nothing; exit with 1 if a text lacks a translation"
    )
    options = parser.parse_args()
    if options.complete:
        return _report_missing()
    outdated = {path: text for path, text in format_catalogs().items() if path.read_text(encoding="utf-8") != text}
    for path, text in outdated.items():
        print(path)
        if not options.check:
            path.write_text(text, encoding="utf-8")
    return 1 if options.check and outdated else 0


def _report_missing() -> int:
    missing = {lang: count for lang in LANGUAGES if (count := count_missing(lang))}
    for lang, count in missing.items():
        print(f"{find_catalog_file(lang)}: {count} texts without a translation")
    return 1 if missing else 0


if __name__ == "__main__":
    raise SystemExit(main())
