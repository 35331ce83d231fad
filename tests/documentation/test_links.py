"""A link leads somewhere: to a file or directory that is there, to a heading that is on its page."""

import pytest

from tests.documentation.manual_pages import PAGES, ROOT, anchors, links

# Put into docs/schema.md, from where its links lead.
PARTS = {"docs/schema/opening.md"}
RUNS = "../../actions/workflows/"


@pytest.mark.parametrize("page", sorted(set(PAGES) - PARTS))
def test_every_relative_link_leads_somewhere(page):
    broken = [target for target in links(page) if not leads_somewhere(page, target)]
    assert broken == []


def leads_somewhere(page, target):
    path, _, anchor = target.partition("#")
    if path.startswith(RUNS):  # a code host shows a workflow's runs there
        return page == "README.md" and (ROOT / ".github/workflows" / path.removeprefix(RUNS).partition("/")[0]).exists()
    file = (ROOT / page).parent / path if path else ROOT / page
    if not file.resolve().is_relative_to(ROOT) or not file.exists():
        return False
    return not anchor or anchor in anchors(file.resolve().relative_to(ROOT).as_posix())


def test_a_link_that_leads_nowhere_is_found():
    assert leads_somewhere("README.md", "CONTRIBUTING.md#running-tests")
    assert not leads_somewhere("README.md", "CONTRIBUTING.md#running-cats")
    assert not leads_somewhere("README.md", "CONTRIBUTORS.md")
    assert not leads_somewhere("README.md", "../elsewhere.md")
    assert not leads_somewhere("README.md", f"{RUNS}cd.yml/badge.svg")


def test_pages_with_links_are_looked_at():
    assert len(links("README.md")) > 5
    assert len(links("docs/schema.md")) > 100
