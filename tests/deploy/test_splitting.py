"""A view's file is taken apart without PostgreSQL's parser, and as that would take it apart."""

import pytest
from pglast.parser import split

from deploy import HERE
from deployment.statements import StatementError, statements, statements_of_a_view
from deployment.tree import read_tree

VIEWS = [file for file in read_tree(HERE) if file.text.count("CREATE OR REPLACE VIEW")]
VIEW = "CREATE OR REPLACE VIEW v AS SELECT "
TRICKY = [
    "-- It's; one\n" + VIEW + "';' AS a, '--' AS b, 'it''s' AS c -- it's; d\n, 1 - 2 / 3 AS d;\n-- the end",
    VIEW + "1 -- one;\n  ;\n" + VIEW + "2;",
    VIEW + "'ä;ß'\n;\n\nCOMMENT ON VIEW v IS\n'One; ''two''';COMMENT ON COLUMN v.a IS NULL;",
]
LEFT_TO_THE_PARSER = [
    VIEW + "$$;$$;",
    VIEW + "/* ; */ 1;",
    VIEW + '1 AS ";";',
    VIEW + "E'\\';';",
    VIEW + "1",
    VIEW + "1; SELECT 1;",
    VIEW + "'1;",
    "",
]


@pytest.mark.parametrize("text", [*(file.text for file in VIEWS), *TRICKY], ids=lambda text: text[3:40])
def test_it_agrees_with_the_parser(text):
    """On every file of this project that holds a view, and on what could lead it astray."""
    found = statements_of_a_view(text)
    if found is not None or text in TRICKY:
        parts = [(text[part], part.start) for part in split(text, only_slices=True)]
        assert [(one.text, one.position) for one in found] == parts


def test_it_serves():
    """Most of the views are plain enough for it."""
    plain = [file for file in VIEWS if statements_of_a_view(file.text)]
    assert len(plain) > len(VIEWS) / 2


@pytest.mark.parametrize("text", LEFT_TO_THE_PARSER)
def test_what_is_hard_to_tell_is_left_to_the_parser(text):
    assert not statements_of_a_view(text)


@pytest.mark.parametrize("text", [VIEW + "1;\nCOMMIT;\n", VIEW + "1;\nSET x = 1;\n", VIEW + "1;\n\\q\n"])
def test_what_is_refused_is_refused_after_a_view_too(text):
    with pytest.raises(StatementError):
        statements(text)
