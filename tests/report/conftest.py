"""The page as the browser shows it."""

import pytest


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
