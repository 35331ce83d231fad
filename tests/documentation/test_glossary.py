"""docs/glossary.md explains each word once, by things that are there."""

import re

from tests.documentation.manual_pages import ROOT, inline_code, text_of

PAGE = "docs/glossary.md"
TERM = re.compile(r"^\| \*\*([^*]+)\*\* \| (.+) \| (`.+`) \|$", re.MULTILINE)


def test_every_name_is_there(store):
    query = """
        SELECT relname::TEXT FROM pg_class WHERE relnamespace = 'store'::REGNAMESPACE
        UNION SELECT proname FROM pg_proc WHERE pronamespace = 'store'::REGNAMESPACE
        UNION SELECT relname || '.' || attname FROM pg_class INNER JOIN pg_attribute ON pg_class.oid = attrelid
        WHERE relnamespace = 'store'::REGNAMESPACE AND attnum > 0 AND NOT attisdropped
    """
    there = {name for (name,) in store.execute(query)}
    assert [code for code in inline_code(PAGE) if code not in there] == []


def test_every_row_has_a_term_a_meaning_and_a_name():
    rows = [line for line in text_of(PAGE).splitlines() if line.startswith("| **")]
    terms = [term for term, _, _ in TERM.findall(text_of(PAGE))]
    assert len(terms) == len(rows) > 30
    assert len(set(terms)) == len(terms)
    assert [meaning for _, meaning, _ in TERM.findall(text_of(PAGE)) if not meaning.endswith(".")] == []


def test_readers_are_led_to_it():
    for page in ["README.md", "docs/architecture.md"]:
        assert "glossary.md)" in (ROOT / page).read_text(), page
