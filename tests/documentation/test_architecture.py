"""docs/architecture.md names the files that the code itself leads through, and what there is.

    pytest tests/documentation/test_architecture.py --rewrite-expected

counts the lines again; a file that is new on a path, or gone from it, is for whoever knows what happens there.
"""

import ast
import re

import pytest

from tests.documentation import sql_paths
from tests.documentation.manual_pages import ROOT, inline_code, text_of
from tests.security.tokens import KEY_ID, SECRET, token

PAGE = "docs/architecture.md"
ROW = re.compile(r"^\| `(sql/\S+)` \| (\d+) \| (.*) \|$", re.MULTILINE)
TOTAL = re.compile(r"\*\*(\d+) files, ([\d,]+) lines\*\*")
COLUMNS_CALL = {"acting_customer", "order_balance", "order_total", "payment_status_of"}  # and belong to their table
ITEMS = '[{"product_id": 1, "quantity": 2}, {"product_id": 2, "quantity": 1}]'


def section(heading):
    return text_of(PAGE).partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def total(heading):
    [(files, lines)] = TOTAL.findall(section(heading))
    return int(files), int(lines.replace(",", ""))


@pytest.fixture
def count_again(request):
    """Write today's figures where `--rewrite-expected` asks for it."""

    def count_again(heading, counts):
        if request.config.getoption("rewrite_expected"):
            before = section(heading)
            after = ROW.sub(lambda row: f"| `{row[1]}` | {counts.get(row[1], row[2])} | {row[3]} |", before)
            after = TOTAL.sub(f"**{len(counts)} files, {sum(counts.values()):,} lines**", after)
            (ROOT / PAGE).write_text(text_of(PAGE).replace(before, after))

    return count_again


@pytest.mark.parametrize(("heading", "name"), [("An order", "place_order"), ("A report", "monthly_revenue")])
def test_a_path_is_what_the_code_leads_through(heading, name, count_again):
    path = sql_paths.lines_by_file(sql_paths.path_of(name))
    count_again(heading, path)
    assert {file: int(lines) for file, lines, _ in ROW.findall(section(heading))} == path
    assert total(heading) == (len(path), sum(path.values()))


def test_a_file_raises_what_the_page_says_it_raises():
    told = {file: re.findall(r"ST\d{3}", what) for file, _, what in ROW.findall(section("An order"))}
    assert sum(map(len, told.values())) > 5
    assert [(file, code) for file, codes in told.items() for code in codes if code not in text_of(file)] == []


def test_an_order_writes_to_the_tables_the_page_says():
    _, _, sentence = section("An order").partition("Rows are written to ")
    assert set(re.findall(r"`(\w+)`", sentence)) == sql_paths.tables_written(sql_paths.path_of("place_order"))


def test_what_an_order_calls_when_it_is_placed_is_on_its_path(seeded_store, database):
    """The server counts the calls, whichever way they were made; the reading of the text must have found them all."""
    seeded_store.execute("SELECT set_signing_key(%s, %s)", [KEY_ID, SECRET])
    seeded_store.execute(
        "INSERT INTO coupons (coupon_code, kind, value, usage_limit) VALUES ('LIMITED', 'percent', 10, 5)"
    )
    (total,) = seeded_store.execute("SELECT total FROM quote_order(%s, 'LIMITED', 1)", [ITEMS]).fetchone()
    with database.connect(None, track_functions="all", **{"app.session_token": token()}) as session:
        session.execute("SET ROLE test_customer")
        session.execute("BEGIN")
        session.execute("SELECT place_order(1, %s, 'a key', 'LIMITED', p_expected_total => %s)", [ITEMS, total])
        called = {
            name
            for (name,) in session.execute(
                "SELECT funcname FROM pg_catalog.pg_stat_xact_user_functions WHERE calls > 0"
            )
        }
    assert {"_customer_id_of_token", "_price_order", "_record_change"} <= called
    called -= COLUMNS_CALL
    assert called <= sql_paths.path_of("place_order").keys()


def test_every_module_of_the_deploy_is_on_its_path(count_again):
    named = {name for name in re.findall(r"`(\w+\.py)`", section("A deploy"))}
    modules = {path.name for path in (ROOT / "deployment").glob("*.py")} - {"__init__.py"}
    assert named == modules | {"deploy.py", "embedded_server.py", "store_server.py"}
    files = {file: len(text_of(file).splitlines()) for file in imported_from("deploy.py")}
    assert {file.rpartition("/")[2] for file in files} == named
    count_again("A deploy", files)
    assert total("A deploy") == (len(files), sum(files.values()))


def test_every_name_on_the_page_is_there(store):
    names = {code for code in inline_code(PAGE) if re.fullmatch(r"\w+", code) and not code.startswith("ST0")}
    query = """
        SELECT relname FROM pg_class WHERE relnamespace = 'store'::REGNAMESPACE
        UNION SELECT proname FROM pg_proc WHERE pronamespace = 'store'::REGNAMESPACE
    """
    assert names - {name for (name,) in store.execute(query)} == set()
    paths = {code for code in inline_code(PAGE) if "/" in code}
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_it_fits_a_screen():
    assert len(text_of(PAGE).splitlines()) <= 85


def imported_from(start):
    """The project's own modules that a program imports, itself and whatever those import included."""
    found, to_read = set(), [start]
    while to_read:
        file = to_read.pop()
        if file in found:
            continue
        found.add(file)
        for node in ast.walk(ast.parse((ROOT / file).read_text())):
            names = [node.module] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            candidates = [f"{name.replace('.', '/')}.py" for name in names if name]
            to_read += [candidate for candidate in candidates if (ROOT / candidate).exists()]
    return found
