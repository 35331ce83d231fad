"""A browser to look at the page with."""

import shutil

import pytest

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium():
    """A headless Chromium with a profile of its own."""
    from playwright.sync_api import sync_playwright  # where tests of the page are left out, nobody needs it

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def look_at(chromium):
    """Open a page at a width, light or dark, and wait until its charts are drawn; `complaints` and `requests` are
    what the browser said and asked for meanwhile."""
    opened = []

    def look_at(file, width=1280, scheme="light"):
        page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        opened.append(page)
        page.complaints, page.requests = [], []
        page.on("console", lambda message: page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("request", lambda request: page.requests.append(request.url))
        page.goto(file.as_uri())
        page.evaluate("typeof shopReport === 'undefined' || shopReport.drawn")
        return page

    yield look_at
    for page in opened:
        page.close()
