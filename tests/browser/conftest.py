"""The application, served and driven in Chromium with every other host out of reach."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Error,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)

ROOT = Path(__file__).resolve().parents[2]
LOOPBACK = ("localhost", "127.0.0.1")
VIEWPORTS: dict[str, ViewportSize] = {
    "desktop": {"width": 1440, "height": 900},
    "phone": {"width": 390, "height": 844},
}
START_SECONDS = 60
RUN_MILLISECONDS = 60_000
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    # A request to any other host fails in the browser before it reaches the network.
    "--host-resolver-rules=MAP * ~NOTFOUND, " + ", ".join(f"EXCLUDE {host}" for host in LOOPBACK),
]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_healthy(url: str) -> bool:
    try:
        with urlopen(f"{url}/_stcore/health", timeout=5) as response:
            return bool(response.status == 200)
    except (URLError, ConnectionError, TimeoutError):
        return False


@pytest.fixture(scope="session")
def app_url(warehouse_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the application, served by a process of its own."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    log = tmp_path_factory.mktemp("server") / "streamlit.log"
    command = [sys.executable, "-m", "streamlit", "run", "app.py"]
    command += ["--server.address=127.0.0.1", f"--server.port={port}"]
    command += ["--server.fileWatcherType=none"]
    with log.open("w") as output:
        server = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _is_healthy(url):
            if server.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"The application did not start:\n{log.read_text()}")
            time.sleep(0.1)
        yield url
    finally:
        server.terminate()
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium when it is there, else the one that Playwright installed."""
    with sync_playwright() as playwright:
        try:
            instance = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=CHROMIUM_ARGS
            )
        except Error as error:
            reason = f"no browser could be started: {error.message.splitlines()[0]}"
            if os.environ.get("CI") == "true":
                pytest.fail(reason)
            pytest.skip(reason)
        yield instance
        instance.close()


@pytest.fixture
def viewport(request: pytest.FixtureRequest) -> ViewportSize:
    """A desktop's window, or the one named by an indirect parameter.

    `@pytest.mark.parametrize("viewport", ["desktop", "phone"], indirect=True)`
    """
    return VIEWPORTS[getattr(request, "param", "desktop")]


@pytest.fixture
def context(browser: Browser, viewport: ViewportSize) -> Iterator[BrowserContext]:
    """A fresh browser context that fails its test if it called any other host."""
    foreign: list[str] = []

    def record(url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and parts.hostname not in LOOPBACK:
            foreign.append(url)

    def watch_websockets(page: Page) -> None:
        page.on("websocket", lambda websocket: record(websocket.url))

    session = browser.new_context(viewport=viewport, locale="en-CA", service_workers="block")
    session.on("request", lambda request: record(request.url))
    session.on("page", watch_websockets)
    yield session
    session.close()
    assert foreign == [], "the page called other hosts"


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A blank tab."""
    return context.new_page()


@pytest.fixture
def open_page(page: Page, app_url: str) -> Callable[[str], Page]:
    """Go to a path of the application and wait until Streamlit has drawn it."""

    def go(path: str = "") -> Page:
        page.goto(f"{app_url}/{path.lstrip('/')}")
        app = page.get_by_test_id("stApp")
        expect(app).to_have_attribute(
            "data-test-script-state", "notRunning", timeout=RUN_MILLISECONDS
        )
        expect(page.get_by_test_id("stElementContainer").first).to_be_attached()
        expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
        return page

    return go
