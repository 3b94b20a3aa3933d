#!/usr/bin/python3
"""The page at / in headless Chromium, driven by Selenium."""
import json
import signal
import tempfile
import urllib.request

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
        # Each box has its own connection, which may be the last to come back; the text stays till then.
        self.wait(lambda: self.find(f"#{box} form button").click() or
                  self.find(f"#{box} form input").get_attribute("value") == "", "it is sent")

    def complaints(self):
        return [entry for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]

    def own_id(self):
        self.wait(lambda: self.text("tr.own"), "the own row")
        return self.find("tr.own").get_attribute("data-id")


def post(server, body, content_type="text/plain"):
    """The status of a POST to the chat's topic."""
    request = urllib.request.Request(server.http("/topic/demo/chat"), body,
                                     {"Content-Type": content_type})
    with urllib.request.urlopen(request, timeout=WAIT) as answer:
        return answer.status


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


def count(browser):
    return browser.text("#counter .figure")


@test("page: what one tab or a program says in the chat, every tab shows, and as text")
def chat(server):
    with Browser() as browser:
        browser.open(server.http("/"))
        first = browser.driver.current_window_handle
        browser.open_tab(server.http("/"))
        browser.find("#chat .name").send_keys("<i>Eve</i>")
        browser.find("#chat .text").send_keys("<img src=x onerror=alert(1)>")
        browser.wait(lambda: browser.find("#chat button").click() or
                     browser.find("#chat .text").get_attribute("value") == "", "it is sent")
        said = ["<i>Eve</i>: <img src=x onerror=alert(1)>"]
        for program in (b"from a program", b"[1]", b'{"name": "Bob", "text": "by POST"}'):
            check_equal(post(server, program), 204)
        said += ["from a program", "[1]", "Bob: by POST"]
        check_equal(post(server, b"bytes", "application/octet-stream"), 204)
        said.append("(5 bytes)")
        for tab in (browser.driver.current_window_handle, first):
            browser.driver.switch_to.window(tab)
            browser.wait_for("#chat ol", said[-1])
            check_equal([line.text for line in
                         browser.driver.find_elements(By.CSS_SELECTOR, "#chat ol li")], said)
            check_equal(browser.driver.find_elements(By.CSS_SELECTOR, "#chat ol li *"), [])
        check_equal(browser.complaints(), [])


@test("page: no press of the counter is lost, and a new tab has the count at once")
def counter(server):
    presses = 50
    with Browser() as browser:
        tabs = []
        for _ in range(2):
            browser.open_tab(server.http("/"))
            browser.wait(lambda: count(browser) == "0", "the count")
            tabs.append(browser.driver.current_window_handle)
        for tab in tabs:  # both at work at the same time: a tab answers when it has begun
            browser.driver.switch_to.window(tab)
            browser.driver.execute_script(f"""
                let left = {presses};
                const press = () => {{
                  document.querySelector("#counter button").click();
                  if (--left) setTimeout(press);
                }};
                press();""")
        for tab in tabs:
            browser.driver.switch_to.window(tab)
            browser.wait(lambda: count(browser) == str(2 * presses), "every press")
        browser.open_tab(server.http("/"))
        browser.wait(lambda: count(browser) == str(2 * presses), "the count in a new tab")


@test("page: chat and counter come back after the server was killed", served=False)
def chat_and_counter_back(program):
    with Browser() as browser:
        first = Server(program).__enter__()
        url = first.http("/")
        browser.open(url)
        browser.wait(lambda: count(browser) == "0", "the count")
        browser.find("#counter button").click()
        browser.wait(lambda: count(browser) == "1", "the press")
        first.process.kill()
        first.process.wait()
        browser.wait_for("#state", "lost")
        browser.wait(lambda: count(browser) == "–", "no count")
        check_equal(browser.find("#counter button").is_enabled(), False)
        with Server(program, listen=(url.split("/")[2],)) as second:
            browser.wait_for("#state", "connected")
            browser.wait(lambda: count(browser) == "0", "the new server's count")
            browser.wait(lambda: is_heard(browser, second), "the chat")
            browser.find("#counter button").click()
            browser.wait(lambda: count(browser) == "1", "a press of the new server's")


def is_heard(browser, server):
    """Says it until the tab has subscribed again."""
    check_equal(post(server, b"again"), 204)
    return "again" in browser.text("#chat ol")


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
