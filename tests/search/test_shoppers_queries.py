"""What shoppers type finds what they mean: queries.csv over catalogue.csv, each in the language of its store.

The file was written before the search was. What is not found says why in its last column, and stays in the file.
"""

import csv
from pathlib import Path

import pytest

from tests.database import copy_of

HERE = Path(__file__).parent


def rows(name):
    with (HERE / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


CATALOGUE, QUERIES = rows("catalogue.csv"), rows("queries.csv")
LANGUAGES = sorted({row["language"] for row in QUERIES})


@pytest.fixture(scope="module")
def shop(deployed):
    """A store; each test rolls its language and its products back."""
    with copy_of(deployed) as database, database.connect() as owner:
        yield owner


@pytest.mark.parametrize("language", LANGUAGES)
def test_shoppers_find_what_they_mean(shop, language):
    with shop.transaction(force_rollback=True):
        shop.execute("UPDATE store_settings SET search_language = %s", [language])
        shop.cursor().executemany(
            "INSERT INTO products (sku, name, description, price) VALUES (%s, %s, %s, 1)",
            [(row["sku"], row["name"], row["description"]) for row in CATALOGUE if row["language"] == language],
        )
        asked = [row for row in QUERIES if row["language"] == language]
        found = {
            row["query"]: [sku for (sku,) in shop.execute("SELECT sku FROM search_products(%s)", [row["query"]])]
            for row in asked
        }
        assert [(row["query"], found[row["query"]]) for row in asked if (row["finds"] in found[row["query"]]) == bool(row["but"])] == []
        # And not by finding everything.
        assert [query for query, skus in found.items() if len(skus) > 5] == []


def test_at_least_55_of_60_are_found():
    assert len(QUERIES) >= 60
    assert len({(row["language"], row["query"]) for row in QUERIES}) == len(QUERIES)
    assert sum(not row["but"] for row in QUERIES) >= len(QUERIES) * 55 / 60
