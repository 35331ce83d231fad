"""The products of a style have its options, each its own, whoever changes what at the same moment."""

import pytest

OTHER = """UPDATE styles SET option_names = '{Size,Colour}' WHERE style_id = 1"""
REORDERED = """UPDATE styles SET option_names = '{Fit,Size}' WHERE style_id = 1"""


def adding(sku, options):
    return f"INSERT INTO products (sku, name, price, style_id, options) VALUES ('{sku}', 'Shirt', 20, 1, '{options}')"


MEDIUM = """{"Size": "M", "Fit": "Slim"}"""
BLUE = """{"Size": "M", "Colour": "Blue"}"""


@pytest.fixture
def style(shop):
    """A shirt in sizes and fits, with no product yet."""
    shop.execute("INSERT INTO styles (name, option_names) VALUES ('Shirt', '{Size,Fit}')")
    return shop


@pytest.fixture
def take_turns(open_session):
    """Run two statements in two transactions, the second of which waits for the first: its SQLSTATE."""

    def take_turns(first_statement, second_statement):
        first, second = open_session("shop_staff"), open_session("shop_staff")
        first.execute(first_statement)
        second.start(second_statement)
        second.wait_until_blocked_by(first)
        first.commit()
        outcome = second.sqlstate()
        second.commit()
        return outcome

    return take_turns


def test_of_two_like_variants_one_is_refused(style, take_turns):
    assert take_turns(adding("S-1", MEDIUM), adding("S-2", MEDIUM)) == "23505"


@pytest.mark.parametrize("change", [OTHER, REORDERED])
def test_options_do_not_change_while_a_product_is_added(style, take_turns, change):
    assert take_turns(adding("S-1", MEDIUM), change) == "55000"
    assert style.execute("SELECT option_names FROM styles").fetchone() == (["Size", "Fit"],)


def test_a_product_of_the_options_that_were_is_refused(style, take_turns):
    assert take_turns(OTHER, adding("S-1", MEDIUM)) == "23503"


def test_a_product_waits_for_options_that_change_their_order(style, take_turns):
    assert take_turns(REORDERED, adding("S-1", MEDIUM)) == "00000"


def test_a_style_is_not_deleted_while_a_product_is_added(style, take_turns):
    assert take_turns(adding("S-1", MEDIUM), "DELETE FROM styles") == "23503"


def test_a_product_of_a_style_that_is_deleted_is_refused(style, take_turns):
    assert take_turns("DELETE FROM styles", adding("S-1", MEDIUM)) == "23503"


def test_a_product_moved_into_a_style_is_one_of_it(style, take_turns):
    """Moved and added at the same moment, both as the same."""
    moving = f"UPDATE products SET style_id = 1, options = '{MEDIUM}' WHERE product_id = 1"
    assert take_turns(moving, adding("S-1", MEDIUM)) == "23505"


def test_at_repeatable_read_too(style, open_session):
    """An old snapshot that shows no product changes nothing."""
    manager = open_session("shop_staff")
    manager.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    manager.execute("SELECT FROM products")
    style.execute(adding("S-1", MEDIUM))
    manager.start(OTHER)
    assert manager.sqlstate() in ("23503", "40001", "55000")


CALLED = "UPDATE styles SET name = 'Blouse' WHERE style_id = 1"
FIND = "SELECT sku FROM search_products('blouse')"


def test_a_product_added_while_its_style_is_renamed_has_the_new_name(style, take_turns):
    assert take_turns(CALLED, adding("S-1", MEDIUM)) == "00000"
    assert style.execute(FIND).fetchall() == [("S-1",)]


def test_a_style_renamed_while_a_product_is_added_names_it_too(style, take_turns):
    assert take_turns(adding("S-1", MEDIUM), CALLED) == "00000"
    assert style.execute(FIND).fetchall() == [("S-1",)]


@pytest.mark.parametrize("description_comes_first", [True, False])
def test_a_product_described_while_its_style_is_renamed_has_both(style, take_turns, description_comes_first):
    """And neither is the other's deadlock."""
    style.execute(adding("S-1", MEDIUM))
    steps = ["UPDATE products SET description = 'Of silk' WHERE sku = 'S-1'", CALLED]
    assert take_turns(*(steps if description_comes_first else reversed(steps))) == "00000"
    assert style.execute(FIND.replace("blouse", "blouse silk")).fetchall() == [("S-1",)]


def test_a_style_is_renamed_at_read_committed_only(style, open_session):
    """An old snapshot would leave out what was added since."""
    manager = open_session("shop_staff")
    manager.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    manager.start(CALLED)
    assert manager.sqlstate() == "25000"
