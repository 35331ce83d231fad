"""What a shopper names comes before what is only like it: its SKU, its name, then what begins so."""

import pytest

# Worst first, so that what comes first does not by its key.
PRODUCTS = """
INSERT INTO products (sku, name, description, price) VALUES
('A-1', 'Wick', 'For every lantern: lantern, lantern, lantern.', 1),
('LANTERN-LANTERN', 'Lanterns for a lantern parade', 'A lantern among lanterns.', 1),
('B-TERN', 'Tern', 'A bird.', 1),
('X-2', 'Brass lantern with a handle', NULL, 1),
('X-1', 'Brass Lantern', NULL, 1),
('X-3', 'Lantern', NULL, 1),
('LANTERN', 'Oil lamp', NULL, 1),
('X-30', 'Lanternfish', NULL, 1),
('THE-LANTERN', 'The Whole Lantern Catalogue', 'The who is who of lanterns.', 1),
('X-4', 'The Who', NULL, 1)
"""
FIRST = {
    "lantern": ["LANTERN", "X-3"],
    "LANTERN": ["LANTERN", "X-3"],
    "brass lantern": ["X-1", "X-2"],
    "Brass-Lantern": ["X-1", "X-2"],
    "lantern brass": ["X-1", "X-2"],
    "tern": ["B-TERN"],
    "x-3": ["X-3", "X-30"],
    "lanternf": ["X-30"],
    "the who": ["X-4"],
    '"lantern"': ["X-3"],
}


@pytest.fixture
def shop(store):
    store.execute(PRODUCTS)
    return store


def found(shop, query, limit=20):
    return [sku for (sku,) in shop.execute("SELECT sku FROM search_products(%s, %s)", [query, limit])]


@pytest.mark.parametrize("query", FIRST)
def test_the_usual_queries(shop, query):
    assert found(shop, query)[: len(FIRST[query])] == FIRST[query]


def test_what_is_said_of_it_comes_after_what_it_is_called(shop):
    skus = found(shop, "lanterns")
    assert skus.index("A-1") > max(skus.index(sku) for sku in ("X-1", "X-2", "X-3"))
    # A SKU that only ends so comes after the word itself.
    skus = found(shop, "tern")
    assert skus[0] == "B-TERN" and {"LANTERN", "THE-LANTERN"} < set(skus)


def test_a_name_is_kept_out_like_any_other(shop):
    assert found(shop, "brass -lantern") == []


def test_of_six_thousand_alike_the_one_called_so_is_the_first(shop):
    """Though no more than 5000 are ranked, and it is the last."""
    shop.execute(
        "INSERT INTO products (sku, name, price) SELECT 'N-' || i, 'Anchor chain ' || i, 1 FROM generate_series(1, 6000) AS i"
    )
    shop.execute("INSERT INTO products (sku, name, price) VALUES ('ZZ', 'Anchor Chain', 1)")
    assert found(shop, "anchor chain", 1) == ["ZZ"]


def test_a_choice_by_one_letter_ranks_its_size_first(shop):
    """English drops s, so that every size is found, and the one asked for comes first."""
    shop.execute("INSERT INTO styles (name, option_names) VALUES ('Hat', '{Size,Colour}')")
    shop.execute("""INSERT INTO products (sku, name, price, style_id, options)
        SELECT size || colour, 'Hat', 1, style_id, jsonb_build_object('Size', size, 'Colour', colour)
        FROM styles, unnest('{XL,L,M,S,XS}'::TEXT[]) AS size, unnest('{BLACK,RED}'::TEXT[]) AS colour""")
    for size in ("XL", "L", "M", "S", "XS"):
        assert found(shop, f"hat red {size}")[:1] == [f"{size}RED"], size
    assert found(shop, "hat red L") == ["LRED"]
    assert len(found(shop, "red hat")) == 5
