"""Wording: nothing reaches a reader untranslated, and each language writes as it should."""

import ast
import csv
import gettext
import json
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from streamlit.testing.v1 import AppTest

from atlas import export, i18n, warehouse
from atlas.warehouse import query

ROOT = Path(__file__).resolve().parent.parent
CODE = [
    ROOT / "app.py",
    *sorted((ROOT / "pages").glob("*.py")),
    *sorted((ROOT / "atlas").rglob("*.py")),
]
FRENCH = ROOT / "atlas" / "locale" / "fr" / "LC_MESSAGES" / "atlas.po"
NO_BREAK = "\u00a0"


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    i18n.set_language("en")


def calls_of_gettext(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
            yield node


@pytest.fixture(scope="session")
def messages() -> set[str]:
    """Every message that the code asks a translation of."""
    found = set()
    for path in CODE:
        for call in calls_of_gettext(ast.parse(path.read_text(encoding="utf-8"))):
            (message,) = call.args
            assert isinstance(message, ast.Constant), f"{path}:{call.lineno}: not a literal"
            found.add(str(message.value))
    return found


@pytest.fixture(scope="session")
def french() -> Catalog:
    with FRENCH.open("rb") as file:
        return read_po(file)


def placeholders(text: str) -> Counter[str]:
    return Counter(name for _literal, name, _format, _conversion in Formatter().parse(text) if name)


# The catalogue


def test_no_message_hides_in_an_f_string() -> None:
    """Before Python 3.12 an f-string is one token, so pybabel cannot see what it holds."""
    hidden = {
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in CODE
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.JoinedStr)
        for call in calls_of_gettext(node)
    }
    assert not hidden


def test_french_holds_every_message_and_no_other(messages: set[str], french: Catalog) -> None:
    translated = {str(entry.id) for entry in french if entry.id}
    assert messages - translated == set(), "run make messages, then translate"
    assert translated - messages == set(), "run make messages"
    assert not french.obsolete


def test_french_is_complete_and_not_fuzzy(french: Catalog) -> None:
    assert [entry.id for entry in french if entry.id and (not entry.string or entry.fuzzy)] == []


def test_french_keeps_the_placeholders(french: Catalog) -> None:
    wrong = [
        entry.id
        for entry in french
        if entry.id and placeholders(str(entry.id)) != placeholders(str(entry.string))
    ]
    assert wrong == []


def test_french_typography(french: Catalog) -> None:
    """Canadian French: a no-break space before a colon and %, none before ; ! ?"""
    for entry in french:
        text = str(entry.string)
        if entry.id:
            assert not re.search("['\"]", text), text
            assert not re.search(rf"(?<!{NO_BREAK})(?::(?!//)|%)", text), text
            assert not re.search(r"\s[;!?]", text), text
            assert text[:1].isspace() == str(entry.id)[:1].isspace(), text


# Numbers, dates and periods


@pytest.mark.parametrize(
    ("language", "whole", "rate", "limits"),
    [
        ("en", "8,020", "41.3", "(1,234.5 to 2,000.0)"),
        ("fr", f"8{NO_BREAK}020", "41,3", f"(1{NO_BREAK}234,5 à 2{NO_BREAK}000,0)"),
    ],
)
def test_numbers(language: str, whole: str, rate: str, limits: str) -> None:
    i18n.set_language(language)
    assert i18n.number(8020) == whole
    assert i18n.number(41.26, 1) == rate
    assert i18n.interval(1234.5, 2000, 1) == limits


@pytest.mark.parametrize(
    ("kind", "start", "end", "english", "french"),
    [
        ("year", date(2024, 1, 1), date(2024, 12, 31), "2024", "2024"),
        ("quarter", date(2024, 7, 1), date(2024, 9, 30), "2024 Q3", "T3 2024"),
        ("month", date(2025, 5, 1), date(2025, 5, 31), "May 2025", "mai 2025"),
        ("month", date(2025, 2, 1), date(2025, 2, 28), "Feb 2025", "févr. 2025"),
        ("part_year", date(2025, 1, 1), date(2025, 9, 30), "Jan to Sep 2025", "janv. à sept. 2025"),
        (
            "twelve_months", date(2024, 10, 1), date(2025, 9, 30),
            "twelve months to Sep 2025", "douze mois se terminant en sept. 2025",
        ),
        ("day", date(2024, 10, 2), date(2024, 10, 2), "2 October 2024", "2 octobre 2024"),
        ("pooled", date(2014, 1, 1), date(2017, 12, 31), "2014 to 2017", "2014 à 2017"),
        (
            "pooled", date(2018, 1, 1), date(2018, 10, 16),
            "1 January 2018 to 16 October 2018", "1er janvier 2018 au 16 octobre 2018",
        ),
    ],
)  # fmt: skip
def test_periods(kind: str, start: date, end: date, english: str, french: str) -> None:
    assert i18n.period(start, end, kind) == english
    i18n.set_language("fr")
    assert i18n.period(start, end, kind) == french


def test_an_unknown_language_is_english() -> None:
    i18n.set_language("fr")
    assert i18n._("Overview") == "Aperçu"
    i18n.set_language("tlh")
    assert i18n.language() == "en"
    assert i18n._("Overview") == "Overview"
    assert i18n.number(8020) == "8,020"


def test_a_message_without_translation_stays_english() -> None:
    i18n.set_language("fr")
    assert i18n._("No such message {count}") == "No such message {count}"


# What pages show: every word is marked, or is data


class Marked(gettext.NullTranslations):
    """Translations that show what went through gettext."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"


class Words(HTMLParser):
    """The text nodes of HTML, and the attributes that are read out or shown."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_style = tag in ("style", "script")
        self.found += [text or "" for name, text in attrs if name in ("title", "alt", "aria-label")]

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False

    def handle_data(self, data: str) -> None:
        if not self._in_style:
            self.found.append(data)


SHOWN_FIELDS = {"alt", "body", "caption", "content", "help", "label", "options", "placeholder"}
CHART_KEYS = {"customdata", "label", "name", "state", "text", "ticktext", "title"}
# Names of languages, of a checksum, and the letters that the coverage grid's caption explains.
LITERALS = ("English", "Français", "SHA-256", "s", "p")


def texts_of_message(message: Any) -> Iterator[str]:
    """Give the strings of a protocol message that a reader sees."""
    for field, value in message.ListFields():
        values = [value] if isinstance(value, str) or hasattr(value, "ListFields") else value
        if field.type == field.TYPE_MESSAGE:
            for part in values:
                if hasattr(part, "ListFields"):
                    yield from texts_of_message(part)
        elif field.type == field.TYPE_STRING and field.name in SHOWN_FIELDS:
            yield from values


def texts_of_chart(part: Any, key: str = "") -> Iterator[str]:
    """Give the words in a chart's specification: titles, classes, labels, hover texts."""
    if isinstance(part, dict):
        for name, value in part.items():
            # The names of Vega's parameters and views are ids.
            if name != "params" and not (name == "name" and "mark" in part):
                yield from texts_of_chart(value, name if name != "domain" else "label")
    elif isinstance(part, list):
        for value in part:
            yield from texts_of_chart(value, key)
    elif isinstance(part, str) and key in CHART_KEYS:
        yield part


def texts_of(element: Any, with_tables: bool) -> Iterator[str]:
    """Give every text below a node of the page, HTML and Markdown taken apart."""
    message = getattr(element, "proto", None)
    if message is not None:
        kind = message.DESCRIPTOR.name
        texts = list(texts_of_message(message))
        if kind in ("PlotlyChart", "VegaLiteChart"):
            texts += texts_of_chart(json.loads(message.spec))
        for text in texts:
            words = Words()
            words.feed(re.sub(r"<(https?://[^>]*)>", r"\1", text))
            words.close()
            yield from words.found
        if kind == "Dataframe" and with_tables:
            frame: Any = element.value
            yield from frame.columns
            for column in frame.select_dtypes("str"):
                yield from frame[column].unique()
    for child in getattr(element, "children", {}).values():
        yield from texts_of(child, with_tables)


@pytest.fixture(scope="session")
def data_words(warehouse_path: Path) -> re.Pattern[str]:
    """What is data: names and texts of the warehouse's tables, months, ids, addresses."""
    columns = {
        "measures": ("label_en", "rule_en", "caveat_en"),
        "regions": ("name_en",),
        "members": ("label_en", "dimension_en"),
        "policy_events": ("title_en", "geography"),
        "sources": ("publisher", "title", "licence", "attribution", "landing_url"),
        "source_notes": ("text_en",),
        "series_breaks": ("text_en",),
        "checks": ("message_en", "message_fr"),
        "releases": ("sha256",),
    }
    names = {
        str(value)
        for table, fields in columns.items()
        for field in fields
        for value in query(table)[field].dropna()
    }
    names |= {name[:12] for name in query("releases")["sha256"]}
    names |= {i18n.month(date(2024, month, 1)).removesuffix(" 2024") for month in range(1, 13)}
    names |= {date(2024, month, 1).strftime("%B") for month in range(1, 13)}
    names |= set(LITERALS)
    known = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True) if name)
    return re.compile(rf"(?<!\w)(?:{known})(?!\w)", re.IGNORECASE)


def unmarked(text: str, data_words: re.Pattern[str]) -> str:
    """Return what remains of a text without what went through gettext and what is data."""
    rest = re.sub(r"\\([$*_])", r"\1", text)
    rest = re.sub(r"%\{[^}]*\}", "", rest)
    while (shorter := re.sub(r"⟦[^⟦⟧]*⟧", "", rest)) != rest:
        rest = shorter
    rest = data_words.sub("", rest)
    return rest.strip() if re.search(r"[^\W\d_]", rest) else ""


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the translations; words are kept by the warehouse's version, so it is another."""
    monkeypatch.setattr(i18n, "_catalogue", lambda code: Marked())
    monkeypatch.setattr(warehouse, "version", lambda: -1)


@pytest.fixture
def open_page(warehouse_path: Path) -> Callable[[str, dict[str, str]], AppTest]:
    """Run a page inside app.py, as a reader gets it, at an address."""

    def run(page: str, address: dict[str, str]) -> AppTest:
        app = AppTest.from_file(ROOT / "app.py", default_timeout=60)
        for name, value in address.items():
            app.query_params[name] = value
        app.run()
        if page != "overview":
            app.switch_page(f"pages/{page}.py").run()
        assert not app.exception
        return app

    return run


PAGES = [
    ("overview", {}),
    ("overview", {"region": "CA"}),
    ("overview", {"region": "CA-ON-toronto", "measure": "drug_offences"}),
    ("overview", {"region": "CA-NU", "measure": "opioid_ems_responses"}),
    ("trends", {}),
    ("trends", {"breakdown": "sex"}),
    ("trends", {"measure": "actively_homeless"}),
    ("trends", {"measure": "opioid_possession_offences", "unit": "count"}),
    ("trends", {"regions": ""}),
    ("trends", {"measure": "opioid_ems_responses", "regions": "CA-MB-winnipeg"}),
    ("trends", {"measure": "opioid_deaths", "regions": "CA-NU", "breakdown": "sex"}),
    ("export", {}),
    ("export", {"measures": ""}),
    ("export", {"from": "2025", "to": "2016"}),
    ("export", {"regions": "CA-NU", "status": "suppressed", "breakdowns": "substance"}),
    ("sources", {}),
]


@pytest.mark.parametrize(("page", "address"), PAGES, ids=lambda part: str(part))
@pytest.mark.usefixtures("marked")
def test_a_page_says_nothing_past_gettext(
    page: str,
    address: dict[str, str],
    open_page: Callable[[str, dict[str, str]], AppTest],
    data_words: re.Pattern[str],
) -> None:
    app = open_page(page, address)
    texts = set(texts_of(app._tree, with_tables=page != "export"))
    if page == "export":
        # The names of the file's columns are the same in both languages; their meanings are not.
        texts -= set(export.COLUMNS)
    assert any("⟦" in text for text in texts)
    assert sorted(rest for text in texts if (rest := unmarked(text, data_words))) == []


@pytest.mark.parametrize("page", ["overview", "trends", "export", "sources"])
def test_a_page_runs_in_french(
    page: str, open_page: Callable[[str, dict[str, str]], AppTest]
) -> None:
    app = open_page(page, {"lang": "fr"})
    titles = {
        "overview": "Aperçu",
        "trends": "Tendances",
        "export": "Exportation",
        "sources": "Sources",
    }
    assert [title.value for title in app.title] == [titles[page]]


def test_a_list_for_many_says_what_to_do_when_empty(
    open_page: Callable[[str, dict[str, str]], AppTest],
) -> None:
    """Streamlit would show its own English words."""
    silent = []
    for page in ("trends", "export"):
        boxes = open_page(page, {}).multiselect
        silent += [(page, box.label) for box in boxes if not box.proto.placeholder]
    assert silent == []


# What the publishers' declarations and the hand-kept tables say


def tables() -> Iterator[tuple[str, str, str]]:
    """Give file, column and text of every English and French cell of data/codes."""
    for path in sorted((ROOT / "data" / "codes").rglob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                for column, text in row.items():
                    if column.endswith(("_en", "_fr")):
                        yield f"{path.parent.name}/{path.name}", column, text


def notes() -> Iterator[tuple[str, str, str]]:
    """Give file, language and text of every note of a declaration."""
    for path in sorted((ROOT / "pipelines" / "sources").glob("*.toml")):
        for note in tomllib.loads(path.read_text(encoding="utf-8")).get("notes", []):
            for column in ("text_en", "text_fr"):
                yield path.name, column, note[column]


def spoken_by_sql() -> Iterator[tuple[str, str, str]]:
    """Give the French messages of the checks, and the French that marts put together."""
    for path in sorted((ROOT / "pipelines" / "checks").glob("*.sql")):
        message = path.read_text(encoding="utf-8").splitlines()[1]
        yield path.name, "message_fr", message.removeprefix("-- fr:").strip()
    for path in sorted((ROOT / "pipelines" / "marts").glob("*.sql")):
        sql = path.read_text(encoding="utf-8")
        # A case of French texts ends with the name of its column.
        for case in re.findall(r"CASE(?:(?!\bCASE\b).)*? END AS \w+_fr\b", sql, re.DOTALL):
            yield from ((path.name, "_fr", text) for text in re.findall(r"'([^']*)'", case))


def test_french_typography_of_data() -> None:
    wrong = [
        (place, text)
        for place, column, text in (*tables(), *notes(), *spoken_by_sql())
        if column.endswith("_fr")
        and (
            re.search(r"'", text)
            # No plain space before high punctuation, and a no-break space before a colon and %.
            or re.search(r"[ \t][:;!?%»]|« |\s[;!?]", text)
            or re.search(rf"(?<!{NO_BREAK})(?::(?!//)|%)", text)
        )
    ]
    assert wrong == []


def test_english_apostrophes_of_data() -> None:
    """Names of places are the publishers' own."""
    straight = [
        (place, text)
        for place, column, text in (*tables(), *notes())
        if column.endswith("_en") and "'" in text and not place.startswith("regions/")
    ]
    assert straight == []


def test_french_of_marts_is_found() -> None:
    """Else the test above would pass on nothing."""
    assert any("consommation" in text for _place, column, text in spoken_by_sql())
    assert len(list(tables())) > 1000
    assert len(list(notes())) > 100


# Words that do harm


HARMFUL = re.compile(
    r"\b(?:addict(?:s|ed|ions?)?|abuse(?:s|d|rs?)?|clean|offenders?|junk(?:ie|y)s?|lives saved"
    r"|caused by|worst|toxicoman(?:e|es|ie)|vies sauvées)\b",
    re.IGNORECASE,
)
# The Criminal Code's own words for an offence against children.
LEGAL_TERM = "child sexual abuse material"


def test_no_harmful_word_in_messages(french: Catalog) -> None:
    texts = [str(text) for entry in french if entry.id for text in (entry.id, entry.string)]
    assert [text for text in texts if HARMFUL.search(text)] == []


@pytest.mark.parametrize(
    "path",
    sorted((ROOT / "data" / "codes").rglob("*.csv")),
    ids=lambda p: f"{p.parent.stem}-{p.stem}",
)
def test_no_harmful_word_in_tables(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        texts = [
            text
            for row in csv.DictReader(file)
            for column, text in row.items()
            if column.endswith(("_en", "_fr"))
        ]
    assert [text for text in texts if HARMFUL.search(text.replace(LEGAL_TERM, ""))] == []


def test_no_harmful_word_in_notes_on_sources(warehouse_path: Path) -> None:
    notes = query("source_notes")
    texts = [*notes["text_en"], *notes["text_fr"]]
    assert [text for text in texts if HARMFUL.search(text)] == []
