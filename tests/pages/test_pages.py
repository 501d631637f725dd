"""Every page runs for every kind of figure and for any address, and says only what it may."""

import ast
import re
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import duckdb
import pytest
from scipy.stats import binomtest
from statsmodels.stats.rates import test_poisson_2indep as poisson_test
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[2]
# Streamlit runs the scripts of a folder named `pages` by itself, without app.py; any name will do.
FOLDER = re.findall(r"(\w+)/overview\.py", (ROOT / "app.py").read_text(encoding="utf-8"))[0]
PAGES = ("overview", "trends", "export", "sources")
PROVINCES = ("BC", "AB", "SK", "MB", "ON", "QC", "NB", "NS", "PE", "NL", "YT", "NT", "NU")
REGIONS = ("CA", *(f"CA-{code}" for code in PROVINCES), "CA-ON-toronto", "CA-cma-505")
HOSTILE = (
    "no_such_thing",
    "' OR 1=1; DROP TABLE marts.observation; --",
    "<script>alert(1)</script>",
    "",
    "x" * 10_000,
    ",,,",
    "%00../../etc",
)
FILTERS = {
    "overview": ("region", "measure", "period"),
    "trends": ("measure", "regions", "breakdown", "unit", "periods"),
    "export": ("measures", "regions", "breakdowns", "units", "periods", "status", "from", "to",
               "releases"),
    "sources": (),
}  # fmt: skip

pytestmark = pytest.mark.usefixtures("warehouse_path")


def open_page(name: str, **in_url: str | list[str]) -> AppTest:
    """Open a page as an address would, and insist that it has run to its end."""
    test = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    if name != "overview":
        # The first run tells Streamlit which pages there are.
        test.run().switch_page(f"{FOLDER}/{name}.py")
    for key, value in in_url.items():
        test.query_params[key] = value
    test.run()
    raised = [exception.message for exception in test.exception]
    errors = [error.value for error in test.error]
    captions = " ".join(caption.value for caption in test.caption)
    assert (raised, errors) == ([], [])
    assert "9-8-8" in captions, "no footer"
    return test


def plain(html: str) -> str:
    """What a reader sees of a piece of HTML, one line an element."""
    lines = re.sub(r"<[^>]+>", "\n", html).split("\n")
    return "\n".join(line.strip() for line in map(unescape, lines) if line.strip())


def cards(test: AppTest) -> list[str]:
    """The text of each card."""
    (body,) = [block.value for block in test.html if 'class="atlas-cards"' in block.value]
    return [plain(section) for section in re.split("<section[^>]*>", body)[1:]]


def finding(test: AppTest) -> str:
    """The sentence at the top that answers the page's question."""
    return next(block.value for block in test.markdown if block.value.startswith("#### "))


def filters_of(test: AppTest) -> dict[str, object]:
    """What each filter is set to, by its label."""
    widgets = [*test.selectbox, *test.multiselect, *test.button_group]
    return {widget.label: widget.value for widget in widgets}


@cache
def defaults(name: str) -> dict[str, object]:
    """The filters of a page at a bare address."""
    return filters_of(open_page(name))


def ask(warehouse_path: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(warehouse_path), read_only=True) as warehouse:
        return warehouse.execute(sql).fetchall()


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_runs_in_both_languages(name: str, language: str) -> None:
    test = open_page(name, lang=language)
    assert len(test.title) == 1
    assert filters_of(test).popitem()[1] == language


@pytest.mark.parametrize("region", REGIONS)
def test_the_overview_runs_for_a_region(region: str) -> None:
    test = open_page("overview", region=region)
    assert test.selectbox[0].value == region
    texts = cards(test)
    assert len(texts) == 4
    for text in (*texts, finding(test)):
        # A change is a ratio with its interval; no card's figure is in per cent.
        assert not re.search(r"[+\-−]?\d+ ?%", text), text
        assert "nan" not in text.lower().split()
        assert "None" not in text


@pytest.mark.parametrize("region", REGIONS)
def test_a_card_compares_a_final_period_with_the_one_a_year_before(region: str) -> None:
    compared = 0
    for text in cards(open_page("overview", region=region)):
        against = re.search(r"(?:Rate ratio to|times) (?:(\w+) )?(\d{4})[:;]", text)
        if against is None:
            continue
        compared += 1
        month, year = against.groups()
        latest = f"{month or ''} {int(year) + 1}".strip()
        lines = text.split("\n")
        value = next(place for place, line in enumerate(lines) if re.match(r"[\d,.]+$", line))
        assert re.search(rf"\b{latest}\b", lines[value + 1]), text
        assert re.search(r"\([\d.,]+ to [\d.,]+\)", text), text
        assert re.search(r"(within|beyond) usual variation", text), text
        preliminary = [line for line in lines if "preliminary" in line]
        assert all(line.endswith("Not compared.") for line in preliminary), text
    # The one measure of a metropolitan area is a rate without a population to test it on.
    assert compared > 0 or region.startswith("CA-cma")


def test_the_card_of_british_columbia_compares_2024_with_2023(warehouse_path: Path) -> None:
    overdose = cards(open_page("overview", region="CA-BC"))[0].split("\n")
    assert overdose[:3] == ["Overdose", "Opioid toxicity deaths, British Columbia", "2,344"]
    assert overdose[3] == "2024: 41.3 (39.6 to 43.0) per 100,000"
    counts: dict[int, float] = dict(
        ask(
            warehouse_path,
            "SELECT year(period_start), value FROM marts.observation "
            "WHERE measure_id = 'opioid_deaths' AND region_id = 'CA-BC' AND unit = 'count' "
            "AND dimension = 'total' AND period_kind = 'year' AND is_latest",
        )
    )
    persons: dict[int, int] = dict(
        ask(
            warehouse_path,
            "SELECT year(period_start), persons FROM marts.population "
            "WHERE region_id = 'CA-BC' AND month(period_start) = 7",
        )
    )
    latest, base = int(counts[2024]), int(counts[2023])
    exposure, base_exposure = persons[2024] * 366, persons[2023] * 365
    share = binomtest(latest, latest + base).proportion_ci(0.95, method="exact")
    scale = base_exposure / exposure
    low, high = (limit / (1 - limit) * scale for limit in (share.low, share.high))
    p_value = poisson_test(latest, exposure, base, base_exposure, method="exact-cond").pvalue
    verdict = "within" if p_value > 0.05 else "beyond"
    assert (
        f"Rate ratio to 2023: {latest / base * scale:.2f} ({low:.2f} to {high:.2f}), "
        f"{verdict} usual variation." in overdose[4]
    )
    assert "2025, preliminary: 1,414; 33.1 per 100,000, annualised. Not compared." in overdose[5]


@pytest.mark.parametrize(
    "measure",
    ["opioid_ems_responses", "drug_offences", "stimulant_hospitalizations", "opioid_ed_visits"],
)
@pytest.mark.parametrize("region", ["CA", "CA-BC", "CA-NU", "CA-ON-toronto"])
def test_the_overview_runs_for_each_kind_of_measure(measure: str, region: str) -> None:
    test = open_page("overview", measure=measure, region=region)
    assert test.selectbox[1].value == measure


def test_the_overview_runs_for_what_its_lists_offer() -> None:
    test = open_page("overview")
    # Crime measures differ in their figures alone.
    for measure in test.selectbox[1].proto.options[::9]:
        test.selectbox[1].set_value(_id_of(test, 1, measure)).run()
        assert not test.exception, measure
    test.selectbox[1].set_value("opioid_ems_responses").run()
    for period in test.selectbox[2].proto.options:
        test.selectbox[2].set_value(_id_of(test, 2, period)).run()
        assert not test.exception, period


def _id_of(test: AppTest, place: int, label: str) -> str:
    from atlas.ui import canada, options

    measure = test.selectbox[1].value
    offered = options.mapped_measures() if place == 1 else canada.map_periods(str(measure))
    return next(name for name, words in offered.items() if words == label)


@pytest.mark.parametrize(
    "in_url",
    [
        {"measure": "opioid_ems_responses", "regions": "CA-BC,CA-ON", "unit": "count"},
        {"measure": "opioid_deaths", "regions": "CA-NS,CA-BC", "breakdown": "sex+age_group"},
        {"measure": "opioid_deaths", "regions": "CA-NU", "breakdown": "sex+age_group"},
        {"measure": "opioid_deaths", "regions": "CA-BC", "unit": "count", "periods": "quarter"},
        {"measure": "opioid_deaths", "regions": "CA-BC", "breakdown": "sex", "unit": "percent"},
        {"measure": "drug_offences", "regions": "CA-BC,CA-cma-505"},
        {"measure": "all_unfounded", "regions": "CA-BC", "unit": "percent"},
        {"measure": "drug_persons_charged", "regions": "CA-BC"},
        {"measure": "actively_homeless", "periods": "month"},
        {"measure": "actively_homeless", "breakdown": "population_group", "unit": "percent"},
        {"measure": "shelter_resident_deaths", "breakdown": "sex"},
        {"measure": "assault_occurrences"},
        {"measure": "drug_offences_reported"},
        {"measure": "population"},
    ],
    ids=lambda in_url: "-".join(in_url.values()),
)
def test_trends_draws_each_kind_of_series(in_url: dict[str, str]) -> None:
    test = open_page("trends", **in_url)
    shown = set(test.query_params.items())
    assert shown >= set(in_url.items())
    assert finding(test)
    charts = test.get("plotly_chart")
    assert charts
    captions = [caption.value for caption in test.caption]
    for chart in charts:
        assert chart.proto.alt
        assert chart.proto.alt in captions


def test_a_suppressed_cell_is_said_to_be_suppressed() -> None:
    test = open_page("trends", measure="opioid_deaths", regions="CA-NU", unit="count")
    assert any(re.search(r"\d suppressed\.", caption.value) for caption in test.caption)
    figures = test.dataframe[0].value
    hidden = figures[figures["Status"] == "Suppressed"]
    assert len(hidden) > 0
    assert hidden["Figure"].str.startswith("suppressed").all()


def test_trends_says_what_is_missing_when_no_region_is_chosen() -> None:
    test = open_page("trends", regions="")
    assert len(test.info) == 1
    assert not test.get("plotly_chart")


@pytest.mark.parametrize(
    "in_url",
    [
        {"measures": "opioid_deaths,drug_offences,actively_homeless", "breakdowns": ""},
        {"measures": "opioid_deaths", "status": "suppressed", "breakdowns": ""},
        {"measures": "all_unfounded", "units": "percent"},
        {"measures": "opioid_deaths", "releases": "every", "regions": "CA-BC"},
        {"measures": "shelter_resident_deaths", "from": "2020", "to": "2021"},
    ],
    ids=lambda in_url: "-".join(in_url.values()),
)
def test_export_offers_each_kind_of_slice(in_url: dict[str, str]) -> None:
    test = open_page("export", **in_url)
    assert re.match(r"#### [\d,]+ figures: ", finding(test))
    assert len(test.get("download_button")) == 1
    known = test.dataframe[0].value
    assert not known["value"].isin(("", "nan", "None")).any()


@pytest.mark.parametrize(
    "in_url",
    [
        {"measures": ""},
        {"measures": "opioid_deaths", "from": "2024", "to": "2016"},
        {"measures": "population", "status": "suppressed"},
    ],
    ids=["no measure", "years reversed", "nothing left"],
)
def test_export_says_what_to_do_when_nothing_is_left(in_url: dict[str, str]) -> None:
    test = open_page("export", **in_url)
    assert len(test.info) == 1
    assert not test.get("download_button")


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:12]))
@pytest.mark.parametrize("name", PAGES)
def test_a_hostile_address_gives_the_defaults(name: str, text: str) -> None:
    single = {"region", "measure", "period", "breakdown", "unit", "periods", "from", "to",
              "releases"}  # fmt: skip
    singles = [
        key for key in FILTERS[name] if key in single and (name, key) != ("export", "periods")
    ]
    test = open_page(name, lang=text, **dict.fromkeys(singles, text))
    assert filters_of(test) == defaults(name)
    open_page(name, **dict.fromkeys(FILTERS[name], text))


@pytest.mark.parametrize("name", ["trends", "export"])
def test_only_what_is_offered_stays_of_a_list_in_the_address(name: str) -> None:
    regions = ",".join(("CA-BC", *HOSTILE, "CA-AB"))
    test = open_page(name, regions=regions)
    assert filters_of(test)["Regions"] == ["CA-BC", "CA-AB"]


@pytest.mark.parametrize(
    ("name", "in_url"),
    [
        ("overview", {"region": ["CA-BC", "CA-AB"]}),
        ("trends", {"regions": ["CA-BC", "CA-AB"], "measure": ["opioid_deaths", "drug_offences"]}),
        ("trends", {"regions": "CA-BC,CA-BC"}),
        ("export", {"measures": "opioid_deaths,opioid_deaths", "regions": "CA-BC,CA-BC"}),
    ],
)
def test_a_repeated_value_does_no_harm(name: str, in_url: dict[str, str | list[str]]) -> None:
    values = filters_of(open_page(name, **in_url))
    chosen = values.get("Regions", [])
    assert isinstance(chosen, list)
    assert len(chosen) == len(set(chosen))


def test_nothing_in_an_address_is_drawn_as_markup() -> None:
    script = "<script>alert(1)</script>"
    for name in PAGES:
        test = open_page(name, **dict.fromkeys((*FILTERS[name], "lang"), script))
        for block in (*test.markdown, *test.caption):
            assert "alert(1)" not in block.value
        # What an address holds that is not known is said, with its markup escaped.
        for block in test.html:
            assert script not in block.value


def test_what_an_address_asks_for_in_vain_is_said() -> None:
    test = open_page("trends", regions="CA-BC,CA-XX")
    assert any("Not known here: CA-XX." in block.value for block in test.html)
    assert filters_of(test)["Regions"] == ["CA-BC"]


def test_the_finding_is_of_the_chosen_measure_and_names_another_place() -> None:
    chosen = finding(open_page("overview", region="CA-BC", measure="drug_offences"))
    assert chosen.startswith("#### British Columbia, 2019: 388.5 per 100,000 drug violations")
    elsewhere = finding(open_page("overview", region="CA-ON-toronto"))
    assert elsewhere.startswith("#### Not published for Toronto (city). Ontario, 2024: 2,262")


def test_sources_gives_each_source_its_licence_release_and_checks(warehouse_path: Path) -> None:
    test = open_page("sources")
    summary = plain(test.html[1].value if "<style>" in test.html[0].value else test.html[0].value)
    for title, licence, release, custody in ask(
        warehouse_path,
        "SELECT title, licence, release_id, sha256 FROM marts.source "
        "JOIN marts.release USING (source_id) WHERE is_latest",
    ):
        assert {title, licence, release, str(custody)[:12]} <= set(summary.split("\n"))
    assert "every check passed" in finding(test)


def page_files() -> list[Path]:
    return sorted((ROOT / FOLDER).glob("*.py"))


@pytest.mark.parametrize("path", page_files(), ids=lambda path: path.stem)
def test_a_page_is_thin(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert len(source.splitlines()) < 80
    tree = ast.parse(source)
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported <= {"streamlit", "atlas"}
    texts = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    for text in texts:
        assert not re.search(r"\b(SELECT|FROM|WHERE|JOIN|GROUP BY|INSERT|UPDATE)\b", text)


def test_the_application_is_thin_and_lists_every_page() -> None:
    source = (ROOT / "app.py").read_text(encoding="utf-8")
    assert len(source.splitlines()) < 40
    listed = set(re.findall(rf"{FOLDER}/(\w+)\.py", source))
    assert listed == {path.stem for path in page_files()}
