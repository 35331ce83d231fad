"""Runs report.py as its user does, and reads the page it wrote as somebody without a browser would."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import report

NOW = "2025-12-15 12:00"  # the seed is told as of then


def write_page(dsn: str, file: Path, *arguments: str) -> Path:
    """The page about the store at `dsn`, as of the seed's day."""
    assert report.main(["--dsn", dsn, "--as-of", NOW, *arguments, str(file)]) == 0
    return file


@dataclass
class ShopPage(HTMLParser):
    """The tables of a page by the view they show, and its tiles by name: texts, as they are read."""

    text: str
    tables: dict[str, list[list[str]]] = field(default_factory=dict)
    tiles: dict[str, str] = field(default_factory=dict)

    def __post_init__(self):
        super().__init__()
        self.rows = self.tile = self.cell = None
        self.feed(self.text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "table":
            self.rows = self.tables.setdefault(attributes["data-view"], [])
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td"):
            self.cell = []
        elif tag == "div" and "data-figure" in attributes:
            self.tile = attributes["data-figure"]
        elif tag == "p" and attributes.get("class") == "value":
            self.cell = []

    def handle_data(self, data):
        if self.cell is not None:
            self.cell.append(data)

    def handle_endtag(self, tag):
        if self.cell is None or tag not in ("th", "td", "p"):
            return
        text = "".join(self.cell).strip()
        if tag == "p":
            self.tiles[self.tile] = text
        else:
            self.rows[-1].append(text)
        self.cell = None

    def column(self, view: str, title: str) -> list[str]:
        """The cells below a heading."""
        heading, *rows = self.tables[view]
        return [row[heading.index(title)] for row in rows]


def figure(text: str) -> Decimal | None:
    """The number a reader takes from a cell; a dash is none."""
    return None if text == "–" else Decimal(re.sub(r"[^\d.-]", "", text))
