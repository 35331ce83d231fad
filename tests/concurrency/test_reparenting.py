"""A goes under B while B goes under A: the second is refused, and the tree stays a tree."""

import pytest


@pytest.fixture
def tree(shop):
    """Two roots, A and B, and A's child."""
    shop.execute("INSERT INTO categories (name, parent_id) VALUES ('A', NULL), ('B', NULL)")
    shop.execute("INSERT INTO categories (name, parent_id) VALUES ('A''s child', 1)")
    return shop


def moved(session, category_id, parent_id):
    session.start("UPDATE categories SET parent_id = %s WHERE category_id = %s", [parent_id, category_id])


@pytest.mark.parametrize(
    ("first_move", "second_move", "code"),
    [((1, 2), (2, 1), "23514"), ((2, 1), (1, 2), "23514"), ((2, 3), (1, 2), "23514"), ((2, 3), (3, 2), "23514"),
     ((1, 2), (3, None), "00000")],
)  # fmt: skip
def test_the_second_sees_the_first(tree, open_session, first_move, second_move, code):
    first, second = open_session(), open_session()
    moved(first, *first_move)
    first.result()
    moved(second, *second_move)
    second.wait_until_blocked_by(first)
    first.commit()
    assert second.sqlstate() == code
    second.commit()


def test_nobody_else_can_keep_categories_where_they_are(tree, open_session, superuser):
    """Whoever moves one, staff too, takes no lock that just anybody could hold: advisory ones are everybody's."""
    clerk = open_session("shop_staff")
    moved(clerk, 2, 1)
    clerk.result()
    held = "SELECT count(*) FROM pg_locks WHERE pid = %s AND locktype = 'advisory'"
    assert superuser.execute(held, [clerk.pid]).fetchone() == (0,)
