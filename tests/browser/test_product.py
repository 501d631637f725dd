"""The product in a browser: what a reader sees, shares, clicks, downloads and keeps."""

import csv
import io
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import duckdb
import pytest
from playwright.sync_api import ConsoleMessage, Locator, Page, ViewportSize, expect

Open = Callable[..., Page]
ROOT = Path(__file__).resolve().parents[2]
PATHS = {"overview": "", "trends": "trends", "export": "export", "sources": "sources"}
WAIT = 30_000
# A share of the styles by which a browser shows where the focus is.
FOCUS_STYLES = """box => [box, ...box.querySelectorAll('*')].map(element => {
    const style = getComputedStyle(element);
    return [style.borderColor, style.outlineColor, style.outlineStyle, style.boxShadow].join();
})"""


@pytest.fixture
def errors(page: Page) -> list[str]:
    """What the page reports as an error; Streamlit probes for its own addresses are no errors."""
    found: list[str] = []

    def record(message: ConsoleMessage) -> None:
        if message.type == "error" and "/_stcore/" not in message.location["url"]:
            found.append(message.text)

    page.on("console", record)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def settled(page: Page) -> Page:
    """Wait until the script has run; every page ends with its help line."""
    expect(page.get_by_text("9-8-8")).to_be_visible(timeout=WAIT)
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=WAIT)
    # A widget's own script may still be on its way.
    expect(page.get_by_role("radio", name="English")).to_be_visible(timeout=WAIT)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=WAIT)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)
    return page


def finding(page: Page) -> Locator:
    return page.get_by_test_id("stMain").locator("h4").first


def overdose_card(page: Page) -> Locator:
    return page.locator(".atlas-card").first


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def shown(page: Page) -> tuple[str, list[str]]:
    """The finding and the value of each filter."""
    settled(page)
    filters = page.get_by_test_id("stMain").locator(
        "[data-testid=stSelectbox], [data-testid=stMultiSelect], [data-testid=stButtonGroup]"
    )
    expect(filters.first).to_be_visible(timeout=WAIT)
    states = [
        filters.nth(place).evaluate(
            "box => [box.innerText, ...[...box.querySelectorAll('input')].map(i => i.value),"
            " ...[...box.querySelectorAll('[aria-checked=true]')].map(b => b.innerText)].join('|')"
        )
        for place in range(filters.count())
    ]
    return finding(page).inner_text(), states


def choose(page: Page, label: str, text: str) -> None:
    """Pick an option of a list by typing a part of it."""
    box = page.get_by_role("combobox", name=label, exact=True)
    box.click()
    box.fill(text)
    page.get_by_role("option", name=text).first.click()


@pytest.mark.parametrize("viewport", ["desktop", "phone"], indirect=True)
@pytest.mark.parametrize("name", PATHS)
def test_a_page_is_drawn_and_fits_its_window(
    open_page: Open, errors: list[str], viewport: ViewportSize, name: str
) -> None:
    page = settled(open_page(PATHS[name]))
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    if name in ("overview", "trends"):
        plots = page.locator(".js-plotly-plot .main-svg").first
        expect(plots).to_be_visible(timeout=WAIT)
    if name == "overview":
        drawn = page.locator("[data-testid=stVegaLiteChart] path[aria-roledescription=geoshape]")
        expect(drawn).to_have_count(13, timeout=WAIT)
        expect(page.locator(".atlas-card")).to_have_count(4)
    widths = page.evaluate(
        "[document.documentElement, document.querySelector('[data-testid=stMain]')]"
        ".map(box => box.scrollWidth - box.clientWidth)"
    )
    assert widths == [0, 0], "the page scrolls sideways"
    assert page.evaluate("innerWidth") == viewport["width"]
    assert errors == []


def test_a_page_is_dark_for_a_reader_who_asks_for_it(
    page: Page, open_page: Open, errors: list[str]
) -> None:
    brightness = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        settled(open_page())
        expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible(timeout=WAIT)
        ground = page.get_by_test_id("stApp").evaluate(
            "app => getComputedStyle(app).backgroundColor"
        )
        tick = page.locator(".js-plotly-plot .xtick text").first
        expect(tick).to_be_attached(timeout=WAIT)
        words = tick.evaluate("text => getComputedStyle(text).fill")
        brightness[scheme] = [
            sum(int(part) for part in re.findall(r"\d+", colour)[:3]) for colour in (ground, words)
        ]
    assert brightness["light"][0] > 600 > 300 > brightness["light"][1]
    assert brightness["dark"][0] < 150 < 600 < brightness["dark"][1]
    assert errors == []


def test_a_click_on_a_province_chooses_it(open_page: Open, errors: list[str]) -> None:
    page = settled(open_page("?region=CA-ON"))
    expect(finding(page)).to_contain_text("Ontario")
    province = page.locator(
        "[data-testid=stVegaLiteChart] path[aria-roledescription=geoshape]"
        "[aria-label*='British Columbia']"
    )
    expect(province).to_be_visible(timeout=WAIT)
    box = province.bounding_box()
    assert box is not None
    # Away from the name, which stands at the middle.
    page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.35)
    page.wait_for_url(re.compile(r"region=CA-BC"), timeout=WAIT)
    expect(finding(page)).to_contain_text("British Columbia", timeout=WAIT)
    expect(overdose_card(page)).to_contain_text("2,344")
    settled(page)
    assert errors == []


def test_a_click_on_the_name_of_a_province_chooses_it(open_page: Open) -> None:
    page = settled(open_page("?region=CA-ON"))
    label = page.locator("[data-testid=stVegaLiteChart] svg text", has_text="41.3").last
    expect(label).to_be_visible(timeout=WAIT)
    box = label.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url(re.compile(r"region=CA-BC"), timeout=WAIT)
    expect(finding(page)).to_contain_text("British Columbia", timeout=WAIT)


@pytest.mark.parametrize(
    ("address", "named"),
    [
        (
            "?region=CA-BC&measure=opioid_deaths&period=2023-12",
            ["British Columbia", "Opioid toxicity deaths", "2023"],
        ),
        ("trends?measure=actively_homeless&periods=month", ["shelter system", "Months"]),
        ("export?measures=opioid_deaths&regions=CA-BC", ["Opioid toxicity", "British Columbia"]),
    ],
)
def test_an_address_gives_every_reader_the_same_page(
    open_page: Open, address: str, named: list[str]
) -> None:
    page = open_page(address)
    first = shown(page)
    for words in named:
        assert any(words in state for state in first[1]), words
    asked = parse_qs(urlsplit(f"/{address}").query)
    assert query(page).items() >= asked.items()
    assert page.context.browser is not None
    other = page.context.browser.new_context(locale="en-CA", viewport=page.viewport_size)
    try:
        again = other.new_page()
        again.goto(page.url)
        assert shown(again) == first
    finally:
        other.close()


def test_back_undoes_a_filter(open_page: Open) -> None:
    page = settled(open_page("?region=CA-BC"))
    before = shown(page)
    choose(page, "Region", "Alberta")
    page.wait_for_url(re.compile(r"region=CA-AB"), timeout=WAIT)
    expect(finding(page)).to_contain_text("Alberta", timeout=WAIT)
    settled(page)
    page.go_back()
    page.wait_for_url(re.compile(r"region=CA-BC"), timeout=WAIT)
    expect(finding(page)).to_contain_text("British Columbia", timeout=WAIT)
    assert shown(page) == before


def download(page: Page) -> bytes:
    settled(page)
    with page.expect_download(timeout=WAIT) as waiting:
        page.get_by_role("button", name="Download CSV").click()
    path = waiting.value.path()
    return path.read_bytes()


def test_the_csv_is_the_same_twice_and_agrees_with_card_and_warehouse(
    open_page: Open, warehouse_path: Path
) -> None:
    address = "export?measures=opioid_deaths&regions=CA-BC"
    files = [download(open_page(address)) for _time in range(2)]
    assert files[0] == files[1]
    (exported,) = [
        float(row["value"])
        for row in csv.DictReader(io.StringIO(files[0].decode()))
        if (row["period_kind"], row["period_start"]) == ("year", "2024-01-01")
        and (row["unit"], row["dimension"], row["region_id"]) == ("count", "total", "CA-BC")
    ]
    with duckdb.connect(str(warehouse_path), read_only=True) as warehouse:
        kept = warehouse.execute(
            "SELECT value FROM marts.observation WHERE measure_id = 'opioid_deaths' "
            "AND region_id = 'CA-BC' AND dimension = 'total' AND unit = 'count' "
            "AND period_kind = 'year' AND period_start = '2024-01-01' AND is_latest"
        ).fetchall()
    page = settled(open_page("?region=CA-BC"))
    on_card = overdose_card(page).locator(".value").inner_text()
    assert [(exported,)] == kept
    assert float(on_card.replace(",", "")) == exported


def test_the_language_stays_from_page_to_page(open_page: Open) -> None:
    page = settled(open_page("?region=CA-BC"))
    page.get_by_role("radio", name="Français").click()
    page.wait_for_url(re.compile(r"lang=fr"), timeout=WAIT)
    expect(finding(page)).to_contain_text("Colombie-Britannique", timeout=WAIT)
    for path in ("trends", "export", "sources"):
        settled(page)
        page.locator(f"header a[href*='/{path}']").click()
        page.wait_for_url(re.compile(rf"/{path}\b.*lang=fr"), timeout=WAIT)
        settled(page)
        expect(page.get_by_role("radio", name="Français")).to_be_checked(timeout=WAIT)
    page.get_by_role("radio", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sources", timeout=WAIT)
    page.locator("header a").first.click()
    expect(page.get_by_role("combobox", name="Region", exact=True)).to_be_visible(timeout=WAIT)
    assert query(settled(page)).get("lang") != ["fr"]


def test_the_keyboard_reaches_the_region_and_shows_where_it_is(open_page: Open) -> None:
    page = settled(open_page("?region=CA-ON"))
    box = page.get_by_test_id("stSelectbox").first
    before = box.evaluate(FOCUS_STYLES)
    region = page.get_by_role("combobox", name="Region", exact=True)
    for _step in range(15):
        page.keyboard.press("Tab")
        if region.evaluate("input => input === document.activeElement"):
            break
    expect(region).to_be_focused()
    assert box.evaluate(FOCUS_STYLES) != before, "the focus cannot be seen"
    page.keyboard.type("Alberta")
    expect(page.get_by_role("option").first).to_contain_text("Alberta")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"region=CA-AB"), timeout=WAIT)
    expect(finding(page)).to_contain_text("Alberta", timeout=WAIT)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_up(url: str) -> bool:
    try:
        with urlopen(f"{url}/_stcore/health", timeout=5) as response:
            return bool(response.status == 200)
    except (URLError, ConnectionError, TimeoutError):
        return False


@pytest.fixture
def own_warehouse(warehouse_path: Path, tmp_path: Path) -> Path:
    """A copy of the warehouse that a test may replace."""
    return Path(shutil.copy(warehouse_path, tmp_path / "served.duckdb"))


@pytest.fixture
def fresh_server(own_warehouse: Path) -> Iterator[str]:
    """A server of its own that no reader has visited yet."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", "--server.address=127.0.0.1",
         f"--server.port={port}", "--server.fileWatcherType=none"],
        cwd=ROOT, env=os.environ | {"ATLAS_WAREHOUSE": str(own_warehouse)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while not is_up(url):
            assert server.poll() is None, "the server stopped"
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.1)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=20)


def test_a_page_survives_another_warehouse_and_a_missing_one(
    page: Page, fresh_server: str, own_warehouse: Path, tmp_path: Path, errors: list[str]
) -> None:
    # The first reader of a new server may well come by a shared address.
    page.goto(f"{fresh_server}/trends?regions=CA-BC")
    expect(finding(page)).to_contain_text("British Columbia", timeout=WAIT)
    expect(page.locator("header a")).to_have_count(len(PATHS))
    settled(page)

    following = Path(shutil.copy(own_warehouse, tmp_path / "following.duckdb"))
    with duckdb.connect(str(following)) as warehouse:
        warehouse.execute("UPDATE marts.region SET name_en = 'Renamed' WHERE region_id = 'CA-BC'")
    following.replace(own_warehouse)
    choose(page, "Unit", "Count")
    page.wait_for_url(re.compile(r"unit=count"), timeout=WAIT)
    expect(finding(page)).to_contain_text("Renamed", timeout=WAIT)
    settled(page)

    own_warehouse.rename(tmp_path / "away.duckdb")
    page.reload()
    expect(page.get_by_text("make warehouse")).to_be_visible(timeout=WAIT)
    expect(page.get_by_test_id("stException")).to_have_count(0)

    (tmp_path / "away.duckdb").rename(own_warehouse)
    page.reload()
    expect(finding(page)).to_contain_text("Renamed", timeout=WAIT)
    settled(page)
    assert errors == []
