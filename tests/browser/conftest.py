"""A real `duban serve` with the sample, and Debian's chromium to look at it. Where there is none, these tests are left out.

axe.min.js is axe-core 4.14.1 (MPL 2.0, its notice stands in it), kept here because the tests are to run without npm.
"""

import os
import re
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.served import Served

AXE = (Path(__file__).parent / "axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--window-size=1280,900",
]
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")


@pytest.fixture(scope="session", autouse=True)
def _found():
    if not (CHROMIUM and DRIVER):
        pytest.skip("no chromium and chromedriver here; Debian: apt-get install chromium chromium-driver fonts-noto-cjk")


@contextmanager
def chromium(*, script=True):
    """A window of a browser with a profile of its own."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    with tempfile.TemporaryDirectory(prefix="duban-browser-", ignore_cleanup_errors=True) as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        if not script:
            options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
        driver = webdriver.Chrome(options=options, service=Service(DRIVER, log_output=os.devnull))
        try:
            yield driver
        finally:
            driver.quit()


@pytest.fixture(scope="session")
def server(_found, tmp_path_factory):
    served = Served(tmp_path_factory.mktemp("served"))
    served.start("--sample")
    served.is_ready()
    yield served
    served.stop()


@pytest.fixture(scope="session")
def _driver(_found):
    with chromium() as driver:
        yield driver


@pytest.fixture
def window(server, _driver):
    """A browser that nobody has signed in at."""
    _driver.delete_all_cookies()
    _driver.get_log("browser")
    return Window(_driver, server)


@pytest.fixture
def without_script(server):
    with chromium(script=False) as driver:
        yield Window(driver, server)


class Window:
    """What a person does at a screen."""

    def __init__(self, driver, server):
        self.driver, self.server, self.base = driver, server, f"http://127.0.0.1:{server.port}"

    def sign_in(self, role="unit"):
        contact = ["--contact", "sample-yunyang/clerk"] if role == "unit" else []
        link = self.server.ran("signin", "--role", role, "--jurisdiction", "yunyang", *contact).strip()
        self.driver.delete_all_cookies()
        self.driver.get(link)
        self.press("登录")
        return self

    def open(self, path):
        self.driver.get(self.base + path)
        return self

    def begin(self, path):
        """Open a form and say that it is not classified."""
        self.open(path)
        self.choose("classified", "false")
        self.press("继续")

    def press(self, words):
        self._click("button", words)

    def follow(self, words):
        self._click("a", words)

    def _click(self, tag, words):
        from selenium.common.exceptions import WebDriverException
        from selenium.webdriver.support.expected_conditions import staleness_of
        from selenium.webdriver.support.ui import WebDriverWait

        found = self.driver.find_elements("xpath", f"//{tag}[contains(normalize-space(.), '{words}')]")
        assert found, f"no {tag} says {words}: {self.words()[:500]}"
        before, stays = self.driver.find_element("tag name", "html"), "#" in (found[0].get_attribute("href") or "")
        found[0].click()
        if not stays:
            # at the very moment of leaving, the driver knows the old page's nodes no more and says so in its own words
            WebDriverWait(self.driver, 20, ignored_exceptions=[WebDriverException]).until(staleness_of(before))

    def type(self, name, text):
        field = self.driver.find_element("css selector", f'[name="{name}"]')
        field.clear()
        field.send_keys(text)

    def set_day(self, name, day):
        """A date field is typed in the order of the browser's language: its keys are set in one."""
        year, month, date = day.split("-")
        self.driver.find_element("css selector", f'[name="{name}"]').send_keys(f"{month}{date}{year}")

    def choose(self, name, value):
        self.driver.find_element("css selector", f'[name="{name}"][value="{value}"]').click()

    def words(self):
        return self.driver.find_element("tag name", "body").text

    def path(self):
        return self.driver.current_url.removeprefix(self.base)

    def is_shown(self, selector):
        return self.driver.find_element("css selector", selector).is_displayed()

    def at_width(self, width):
        """A phone's screen, or a desk's."""
        metrics = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def faults(self):
        """What is wrong with the page as it is shown: for whoever cannot see, and for whoever has a small screen."""
        self.driver.execute_script(AXE)
        found = self.driver.execute_async_script(
            "axe.run(document, {runOnly: arguments[0]}).then(arguments[arguments.length - 1])", RULES
        )
        told = [f"{each['id']}: {node['html'][:150]}" for each in found["violations"] for node in each["nodes"]]
        wide = self.driver.execute_script(
            "return document.documentElement.scrollWidth > innerWidth ? document.documentElement.scrollWidth : 0"
        )
        console = [
            entry["message"] for entry in self.driver.get_log("browser") if not re.search(r"status of 4\d\d", entry["message"])
        ]
        return told + ([f"{wide}px wide"] if wide else []) + console
