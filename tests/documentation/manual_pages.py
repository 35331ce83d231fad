"""The project's Markdown pages as their readers use them: blocks to copy, commands in the text, links to follow."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in ROOT.rglob("*.md")
    if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block: where it stands, what it is written in, and its text."""

    page: str
    section: str
    language: str
    text: str


def text_of(page: str) -> str:
    return (ROOT / page).read_text()


def blocks(page: str, *languages: str) -> list[Block]:
    """The fenced blocks of a page in these languages, each with the heading above it."""
    text = text_of(page)
    found = []
    for match in FENCE.finditer(text):
        headings = re.findall(r"^#+ (.*)$", without_blocks(text[: match.start()]), re.MULTILINE)
        if match[1] in languages:
            found.append(Block(page, headings[-1] if headings else "", match[1], match[2]))
    return found


def without_blocks(text: str) -> str:
    return FENCE.sub("", text)


def inline_code(page: str) -> list[str]:
    """What stands between back ticks in running text."""
    return re.findall(r"(?<!`)`([^`\n]+)`(?!`)", without_blocks(text_of(page)))


def links(page: str) -> list[str]:
    """Where the links of a page lead, those to other sites left out."""
    text = re.sub(r"`[^`\n]*`", "", without_blocks(text_of(page)))
    targets = re.findall(r"\]\(([^()\s]+)\)", text)
    return [target for target in targets if not re.match(r"[a-z]+:", target)]


def anchors(page: str) -> set[str]:
    """The anchors its headings have on a page that is shown as HTML."""
    found: dict[str, int] = {}
    names = set()
    for heading in re.findall(r"^#+ (.*)$", without_blocks(text_of(page)), re.MULTILINE):
        plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").strip().lower()
        name = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        count = found[name] = found.get(name, -1) + 1
        names.add(f"{name}-{count}" if count else name)
    return names
