"""docs/operations.md as the tests run it: the commands of a section, word for word."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "operations.md"


def section(heading: str) -> str:
    """The text under a heading of the second level, up to the next."""
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", PAGE.read_text(), re.M | re.S)
    assert found, f"docs/operations.md has no section {heading}"
    return found[1]


def blocks(heading: str, language: str) -> list[str]:
    """The fenced blocks of a section in that language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", section(heading), re.M | re.S)
