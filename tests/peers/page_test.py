#!/usr/bin/python3
"""The page at / in headless Chromium, driven by Selenium."""
import json
import signal
import tempfile

from selenium import webdriver
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from harness import Server, check_equal, run, test

WAIT = 60  # seconds, for a browser on a busy machine


class Browser:
    """A context: a Chromium with a profile of its own, which is gone afterwards."""

    def __enter__(self):
        self.profile = tempfile.TemporaryDirectory()
        options = webdriver.ChromeOptions()
        for option in ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
                       "--disable-dev-shm-usage", "--disable-background-networking",
                       "--window-size=1100,1000", f"--user-data-dir={self.profile.name}"):
            options.add_argument(option)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        service = webdriver.chrome.service.Service("/usr/bin/chromedriver")
        self.driver = webdriver.Chrome(service=service, options=options)
        self.driver.set_script_timeout(WAIT)
        return self

    def __exit__(self, *_):
        self.driver.quit()
        self.profile.cleanup()

    def open(self, url):
        self.driver.get(url)
        self.wait_for("#state", "connected")

    def open_tab(self, url):
        self.driver.switch_to.new_window("tab")
        self.open(url)
        return self.driver.current_window_handle

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector):
        return self.driver.execute_script(
            "return document.querySelector(arguments[0])?.textContent ?? null", selector)

    def wait(self, condition, what):
        try:
            return WebDriverWait(self.driver, WAIT, poll_frequency=0.05).until(
                lambda _: condition())
        except TimeoutException:
            raise AssertionError(f"{what}; the page says: {self.text('main')}") from None

    def wait_for(self, selector, text):
        self.wait(lambda: text in (self.text(selector) or ""), f"no {text!r} in {selector}")

    def say(self, box, text):
        self.find(f"#{box} form input").send_keys(text)
        self.find(f"#{box} form button").click()

    def complaints(self):
        return [entry for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]

    def own_id(self):
        self.wait(lambda: self.text("tr.own"), "the own row")
        return self.find("tr.own").get_attribute("data-id")


@test("page: shows the pushes of /hello and sends back what /echo gets")
def hello_and_echo(server):
    with Browser() as browser:
        browser.open(server.http("/"))
        browser.wait_for("#hello ol", "Hello!")
        browser.say("hello", "good morning")
        browser.wait_for("#hello ol", "You said: good morning")
        browser.say("echo", "<b>not markup</b>")
        browser.wait_for("#echo ol", "<b>not markup</b>")
        check_equal(browser.complaints(), [])


@test("page: draws load, memory and network of the host, a point a second")
def charts(server):
    with Browser() as browser:
        browser.open(server.http("/"))
        browser.wait(lambda: "L" in (browser.find("#load path").get_attribute("d") or ""),
                     "two points of the load")
        for box in ("load", "memory", "network"):
            browser.wait(lambda: "–" not in browser.text(f"#{box} .figure span"), box)
        total = int(next(line for line in open("/proc/meminfo")).split()[1]) * 1024
        check_equal(browser.text("#memory small").split()[1], f"{total / 1e9:.1f}"
                    if total < 1e11 else str(round(total / 1e9)))


@test("page: two tabs see each other, and one sends the other a message")
def two_tabs(server):
    with Browser() as browser:
        browser.open(server.http("/"))
        first = browser.driver.current_window_handle
        first_id = browser.own_id()
        browser.open_tab(server.http("/"))
        second_id = browser.own_id()
        assert first_id != second_id
        browser.wait(lambda: browser.text(f'tr[data-id="{first_id}"]'), "the first tab's row")
        browser.find(f'tr[data-id="{first_id}"] input').click()
        browser.say("connections", "from the second")
        browser.driver.switch_to.window(first)
        browser.wait_for("#connections ol", f"{second_id}: from the second")
        # As any connection: the one to /hello hears it as well, and shows it as it likes.
        hello_row = browser.wait(lambda: next(
            (row for row in browser.driver.find_elements(By.CSS_SELECTOR, "#connections tbody tr")
             if "/hello" in row.text), None), "the row of /hello")
        to_own_hello = [row for row in
                        browser.driver.find_elements(By.CSS_SELECTOR, "#connections tbody tr")
                        if "/hello" in row.text]
        assert hello_row and len(to_own_hello) == 2
        for row in to_own_hello:
            row.find_element(By.CSS_SELECTOR, "input").click()
            browser.say("connections", "to hello")
        browser.wait_for("#hello ol", f"Connection {first_id} says: to hello")


@test("page: says when the connection is lost, and comes back by itself", served=False)
def lost_and_back(program):
    with Browser() as browser:
        with Server(program) as server:
            url = server.http("/")
            browser.open(url)
            browser.own_id()
            server.end(signal.SIGTERM)
        browser.wait_for("#state", "lost")
        with Server(program, listen=(url.split("/")[2],)):
            browser.wait_for("#state", "connected")
            browser.say("echo", "back again")
            browser.wait_for("#echo ol", "back again")
            browser.own_id()


ECHO_IN_BROWSER = """
const [url, size, done] = arguments, texts = [];
const socket = new WebSocket(url), text = i => `${i} ` + "all the same ".repeat(size);
socket.onopen = () => { for (let i = 0; i < 3; ++i) socket.send(text(i)); };
socket.onmessage = ({data}) => {
  texts.push(data);
  if (texts.length === 3) socket.close(1000);
};
socket.onclose = ({code, wasClean}) =>
  done([socket.extensions, code, wasClean, texts.every((each, i) => each === text(i))]);
"""

COMPRESSED = """
[[route]]
path = "/shared"
handler = "echo"
[route.options]
compress = true
[[route]]
path = "/own"
handler = "echo"
[route.options]
compress = true
deflate.server_context_takeover = true
deflate.client_context_takeover = true
"""


@test("page: Chromium and routes that compress agree on it, and texts come back", served=False)
def compressed(program):
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as config:
        config.write(COMPRESSED)
        config.flush()
        with Server(program, "--config", config.name) as server, Browser() as browser:
            browser.driver.get(server.http("/nowhere"))  # a page of the same origin is all it takes
            for path, contexts in (("/shared", False), ("/own", True)):
                extensions, *rest = browser.driver.execute_async_script(
                    ECHO_IN_BROWSER, server.ws(path), 5_000)
                check_equal(rest, [1000, True, True])
                assert extensions.startswith("permessage-deflate"), extensions
                check_equal("server_no_context_takeover" not in extensions, contexts)


@test("page: asks no other host for anything, and fits a phone")
def on_its_own(server):
    with Browser() as browser:
        browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True})
        browser.open(server.http("/"))
        browser.own_id()
        hosts = browser.driver.execute_script(
            "return performance.getEntriesByType('resource')"
            ".map(entry => new URL(entry.name).host)")
        assert all(host == server.urls[0].split("/")[2] for host in hosts), json.dumps(hosts)
        width = browser.driver.execute_script("return document.documentElement.scrollWidth")
        assert width <= 360, f"the page is {width} wide"


run()
