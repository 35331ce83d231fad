"""docs/operations.md as the tests run it: the commands of a section, word for word."""

import re

from tests.documentation import manual_pages

PAGE = "docs/operations.md"


def section(heading: str) -> str:
    """The text under a heading of the second level, up to the next."""
    pattern = rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)"
    found = re.search(pattern, manual_pages.text_of(PAGE), re.MULTILINE | re.DOTALL)
    assert found, f"{PAGE} has no section {heading}"
    return found[1]


def blocks(heading: str, language: str) -> list[str]:
    """The fenced blocks of a section in that language, in order."""
    return [block.text for block in manual_pages.blocks(PAGE, language) if block.section == heading]
