#!/usr/bin/python3
"""The page that `vaquero bench` writes, in headless Chromium, from the file."""
import json
import os
import tempfile

from selenium import webdriver

from harness import call, check_equal, run, test

QUICK = ("--duration", "0.6", "--warm-up", "0", "--connections", "4")


class Page:
    """A context: a Chromium that shows a file, and its own folder for it and for results."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        options = webdriver.ChromeOptions()
        for option in ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
                       "--disable-dev-shm-usage", "--disable-background-networking",
                       f"--user-data-dir={self.path('profile')}"):
            options.add_argument(option)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        service = webdriver.chrome.service.Service("/usr/bin/chromedriver")
        self.driver = webdriver.Chrome(service=service, options=options)
        return self

    def __exit__(self, *_):
        self.driver.quit()
        self.folder.cleanup()

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def bench(self, program, *arguments):
        status, _, errors = call(program, "bench", *arguments)
        check_equal((status, errors if status else ""), (0, ""))

    def show(self, name):
        self.driver.get("file://" + self.path(name))
        check_equal([entry for entry in self.driver.get_log("browser")
                     if entry["level"] == "SEVERE"], [])

    def texts(self, selector):
        return self.ask("return [...document.querySelectorAll(arguments[0])]"
                        ".map(each => each.textContent.trim())", selector)

    def ask(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)


@test("bench page: shows two runs side by side, and asks nobody for anything")
def two_runs(server):
    program, url = server.command[0], server.ws("/echo")
    with Page() as page:
        first = page.path("first.json")
        page.bench(program, "ws", "--url", url, *QUICK, "--name", "<b>first</b>", "--json", first)
        page.bench(program, "ws", "--url", url, *QUICK, "--name", "second", "--compare", first,
                   "--report", page.path("page.html"))
        page.show("page.html")
        check_equal(page.texts("th"), ["", "second", "<b>first</b>"])
        headings = " ".join(page.texts("h2"))
        for title in ("Throughput", "Latency by percentile", "Server CPU", "CPU over time",
                      "Server memory over time", "Latency over time"):
            assert title in headings, headings
        lines = page.ask("return [...document.querySelectorAll('svg path:not(.grid)')]"
                         ".map(each => each.getAttribute('d'))")
        assert len(lines) >= 2 * 5 and all("NaN" not in line for line in lines), lines
        check_equal(page.ask("return performance.getEntriesByType('resource').length"), 0)


@test("bench page: fits a phone, and is dark where one wants it dark")
def phone_and_dark(server):
    with Page() as page:
        page.bench(server.command[0], "ws", "--url", server.ws("/echo"), *QUICK,
                   "--report", page.path("page.html"))
        page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True})
        page.show("page.html")
        width = page.ask("return document.documentElement.scrollWidth")
        assert width <= 360, f"the page is {width} wide"
        ground = "return getComputedStyle(document.body).backgroundColor"
        light = page.ask(ground)
        page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": "dark"}]})
        assert page.ask(ground) != light, light


@test("bench page: bench report shows what several files have, and refuses what is none")
def report(server):
    program = server.command[0]
    with Page() as page:
        files = [page.path(name) for name in ("a.json", "b.json", "c.json")]
        for file in files[:2]:
            page.bench(program, "ws", "--url", server.ws("/echo"), *QUICK, "--json", file)
        page.bench(program, "actors", "--row", "fork_join", "--skip", "beam", "--rounds", "1",
                   "--scale", "0.0005", "--json", files[2])
        page.bench(program, "report", *files, "--report", page.path("page.html"))
        page.show("page.html")
        check_equal(page.texts("th"), ["", "echo", "echo (b)"])
        assert any("fork_join" in title for title in page.texts("h2")), page.texts("h2")
        result = json.load(open(files[0]))
        del result["results"][0]["latency_us"]
        json.dump(result, open(files[0], "w"))
        status, _, errors = call(program, "bench", "report", files[0], "--report", "x.html")
        check_equal(status, 2)
        assert "a.json" in errors and "latency_us" in errors, errors


run()
