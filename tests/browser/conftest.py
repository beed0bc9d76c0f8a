"""A browser without a network, and a page in it that may not complain."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from player_pages import Json
from playwright.sync_api import Browser, Page, Route, sync_playwright

ARGUMENTS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
)
SIZES = {390: 844, 1440: 1000}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--screenshots", help="a folder for what the pages look like")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        pytest.fail("there is no chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS.split())
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def screenshots(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    wanted = request.config.getoption("--screenshots")
    folder = Path(wanted) if wanted else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


Opened = Callable[..., "Player"]


class Player:
    """The page as a reader meets it."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reply(self, where: str = "record") -> Json:
        """The reply that the page shows, read as JSON, folded members too."""
        lines = self.page.locator(f"#{where} code").all_text_contents()
        reply: Json = json.loads("\n".join(lines))
        return reply

    def changed(self) -> list[str]:
        """The members that are marked as changed."""
        marked: list[str] = self.page.eval_on_selector_all(
            "#record .member.changed", "all => all.map(each => each.dataset.member)"
        )
        return marked

    def text(self, where: str) -> str:
        return self.page.locator(f"#{where}").text_content() or ""

    @property
    def at_ms(self) -> int:
        at: int = self.page.eval_on_selector("#clock", "each => Date.parse(each.dateTime)")
        return at

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def scrub_to(self, at_ms: int) -> None:
        """Drag the scrubber so that the page stands at that instant."""
        value = self.page.locator("#scrub").input_value()
        self.page.locator("#scrub").fill(str(int(value) + at_ms - self.at_ms))

    def usable(self, button: str) -> bool:
        return self.page.locator(f"#{button}").get_attribute("aria-disabled") == "false"

    @property
    def focused(self) -> str:
        """What the keyboard is on."""
        focused: str = self.page.evaluate("document.activeElement.id")
        return focused

    @property
    def at_the_end(self) -> bool:
        return not self.usable("next")

    @property
    def lit(self) -> tuple[str, str]:
        """The primary and the secondary status that the diagram shows as the present one."""
        (node,) = self.page.locator("#diagram .now").all()
        return node.get_attribute("data-primary") or "", node.get_attribute("data-status") or ""


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Opened]:
    """Opens pages from disk; fails if one complains or asks for anything else."""
    trouble: list[str] = []
    contexts = []

    def refuse(route: Route) -> None:
        if route.request.url.startswith("file:"):
            route.continue_()
        else:
            trouble.append(f"asked for {route.request.url}")
            route.abort()

    def open_page(html: str, width: int = 1440, scheme: Any = "light") -> Player:  # noqa: ANN401 - a literal
        context = browser.new_context(
            viewport={"width": width, "height": SIZES[width]},
            color_scheme=scheme,
            reduced_motion="reduce",
        )
        contexts.append(context)
        context.set_offline(offline=True)
        page = context.new_page()
        page.route("**/*", refuse)
        page.on("console", lambda said: trouble.append(f"{said.type}: {said.text}"))
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on(
            "dialog", lambda dialog: (trouble.append(f"dialog: {dialog.message}"), dialog.dismiss())
        )
        file = tmp_path / "lesson.html"
        file.write_bytes(html.encode())
        page.goto(file.as_uri())
        return Player(page)

    yield open_page
    for context in contexts:
        context.close()
    assert trouble == []
