"""What load.py says and refuses: a file is loaded once and whole, or nothing has changed."""

import gzip
import sys
import threading
from decimal import Decimal
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from demo.online_retail import load, store_connection

EVERY_RULE = (Path(__file__).parent / "every_rule.csv").read_text()
HEADER, *LINES = EVERY_RULE.splitlines()
COUNTED = ["customers", "products", "categories", "orders", "credits", "order_audit", "stock_adjustments"]


def run(capsys, *arguments):
    """Run load.py; returns its exit code, and the lines of its output and of its errors."""
    capsys.readouterr()
    try:
        exit_code = load.main(list(arguments))
    except SystemExit as stopped:
        exit_code = stopped.code
    output, errors = capsys.readouterr()
    return exit_code, output.splitlines(), errors.splitlines()


def contents(store):
    """How many rows the store's tables hold, its settings, and how often each was written."""
    counts = [store.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in COUNTED]
    settings = store.execute("SELECT time_zone, currency, xmin::TEXT FROM store_settings").fetchone()
    return counts, settings, store.execute("SELECT to_regclass('import_rejects')::TEXT").fetchone()


def assert_refused(capsys, store, arguments, *words, exit_code=1):
    """One line of error that holds the words, the exit code, and an untouched store."""
    before = contents(store)
    found_code, _, errors = run(capsys, *arguments)
    assert (found_code, len(errors)) == (exit_code, 1), errors
    assert all(word in errors[0] for word in words), errors[0]
    assert contents(store) == before


def test_the_last_line_accounts_for_every_line_of_the_file(capsys, store, dsn, file_of):
    exit_code, output, errors = run(capsys, file_of(EVERY_RULE), "--dsn", dsn)
    assert (exit_code, errors) == (0, [])
    assert output[-1] == (
        "21 lines loaded (13 order lines, 6 cancellations, 2 stock corrections), "
        "7 lines rejected (4 return_without_sale, 1 bad_debt, 1 price_below_cent, 1 return_exceeds_sale): "
        "28 in all"
    )


def test_a_second_run_says_so_and_changes_nothing(capsys, store, dsn, file_of):
    assert load.main([file_of(EVERY_RULE), "--dsn", dsn]) == 0
    before = contents(store)
    exit_code, output, errors = run(capsys, file_of(EVERY_RULE), "--dsn", dsn)
    assert (exit_code, errors) == (0, [])
    assert output == ["A file was loaded into schema store before: nothing has changed."]
    assert contents(store) == before


@pytest.mark.parametrize("settings", [{}, {"default_transaction_isolation": "serializable"}])
def test_of_two_loads_at_once_one_waits_and_finds_the_work_done(
    capsys, store, database, file_of, open_session, settings
):
    """Also where the server's default would have it look at what was before the wait."""
    dsn = database.dsn(**settings)
    holder = open_session()
    holder.execute("LOCK TABLE orders IN SHARE ROW EXCLUSIVE MODE")
    file, codes = file_of(EVERY_RULE), []
    loads = [threading.Thread(target=lambda: codes.append(load.main([file, "--dsn", dsn]))) for _ in range(2)]
    for one in loads:
        one.start()
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'orders'::REGCLASS"
    while store.execute(waiting).fetchone()[0] < 2:
        assert all(one.is_alive() for one in loads)
    holder.commit()
    for one in loads:
        one.join()
    assert codes == [0, 0]
    assert store.execute("SELECT count(*) FROM orders").fetchone() == (8,)
    assert capsys.readouterr().out.count("nothing has changed") == 1


def test_the_year_was_invoiced_elsewhere(store, dsn, file_of):
    """No document, and none is ever due."""
    assert load.main([file_of(EVERY_RULE), "--dsn", dsn]) == 0
    assert store.execute("SELECT issue_documents(), count(*) FROM documents").fetchone() == (0, 0)
    assert store.execute("SELECT documents_from FROM store_settings").fetchone() == (None,)


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_lines_may_end_as_on_any_system(store, dsn, file_of, ending):
    assert load.main([file_of(EVERY_RULE.replace("\n", ending)), "--dsn", dsn]) == 0
    assert store.execute("SELECT count(*) FROM orders").fetchone() == (8,)


def test_a_reader_who_has_left_does_not_end_a_load(store, dsn, file_of, monkeypatch):
    with open("/dev/full", "w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert load.main([file_of(EVERY_RULE), "--dsn", dsn]) == 0
    assert store.execute("SELECT count(*) FROM orders").fetchone() == (8,)


def test_columns_may_stand_in_any_order(store, dsn, file_of):
    reordered = "\n".join(",".join(reversed(line.split(","))) for line in [HEADER, *LINES[3:7]])
    assert load.main([file_of(reordered), "--dsn", dsn]) == 0
    assert store.execute("SELECT sum(total) FROM orders").fetchone() == (Decimal("8.20"),)


def test_a_store_with_orders_of_its_own_is_refused(capsys, store, dsn, file_of):
    store.execute("INSERT INTO customers (email) VALUES ('ada@example.com')")
    store.execute(
        "INSERT INTO orders (customer_id, subtotal, ship_to_country) SELECT customer_id, 0, 'US' FROM customers"
    )
    assert_refused(capsys, store, [file_of(EVERY_RULE), "--dsn", dsn], "orders of its own", "--schema")


def test_a_store_that_sells_one_of_the_products_is_refused(capsys, store, dsn, file_of):
    store.execute("INSERT INTO products (sku, name, price) VALUES ('10002', 'Cup', 1)")
    assert_refused(capsys, store, [file_of(EVERY_RULE), "--dsn", dsn], "products_sku_key", "10002")


def test_a_schema_without_a_store_is_refused(capsys, store, dsn, file_of):
    store.execute("CREATE SCHEMA attic")
    arguments = [file_of(EVERY_RULE), "--dsn", dsn, "--schema"]
    assert_refused(capsys, store, [*arguments, "attic"], "attic holds no store", "deploy.py --schema attic")
    assert_refused(capsys, store, [*arguments, "cellar"], "no schema cellar", "deploy.py --schema cellar")


def test_a_login_that_does_not_own_the_store_is_refused(capsys, store, database, file_of):
    arguments = [file_of(EVERY_RULE), "--dsn", database.dsn("shop_staff")]
    assert_refused(capsys, store, arguments, "belongs to store_owner", "connect as")


def test_what_a_superuser_loads_belongs_to_the_owner(store, database, file_of):
    assert load.main([file_of(EVERY_RULE), "--dsn", database.dsn(None)]) == 0
    query = "SELECT tableowner FROM pg_tables WHERE tablename = 'import_rejects'"
    assert store.execute(query).fetchone() == ("store_owner",)
    assert store.execute("SELECT DISTINCT performed_by FROM order_audit").fetchall() == [("store_owner",)]


def with_first_line(**values):
    """The file with other values in its first line."""
    line = dict(zip(HEADER.split(","), LINES[0].split(","), strict=True)) | values
    return "\n".join([HEADER, ",".join(line.values()), *LINES[1:]])


# What is wrong with the file, its content, and words of the refusal.
BAD_FILES = {
    "no gzip": (EVERY_RULE.encode(), ["no gzip file"]),
    "cut off": (gzip.compress(EVERY_RULE.encode())[:-20], ["ends too early"]),
    "damaged": (gzip.compress(EVERY_RULE.encode(), mtime=0)[:40] + b"\0" * 400, ["cannot be read"]),
    "garbage behind it": (gzip.compress(EVERY_RULE.encode()) + b"garbage", ["damaged"]),
    "empty": (gzip.compress(b""), ["is empty"]),
    "nothing but a header": (HEADER + "\n", ["holds no line but its header"]),
    "no header one could read": (gzip.compress(b"x" * 200_000), ["cannot be read"]),
    "a column short": (EVERY_RULE.replace(",country", ",county"), ["lacks the column country", "stock_code"]),
    "semicolons": (EVERY_RULE.replace(",", ";"), ["lacks the columns", "line_no;invoice_no"]),
    "sep=": ("sep=,\n" + EVERY_RULE, ["lacks the columns", "'sep=,'"]),
    "a column too many": (EVERY_RULE.replace(",country", ",country,county"), ["10 columns instead of 9"]),
    "a word for a number": (
        EVERY_RULE.replace(",5,2011-01-10 10:01", ",five,2011-01-10 10:01"),
        ["invalid input syntax", '"five"', "line 3, column quantity"],
    ),
    "a line too short": (EVERY_RULE + "29,500021", ["missing data", "line 30"]),
    "a line twice": (EVERY_RULE + LINES[-1], ["duplicate key", "line 30"]),
    "no UTF-8": (gzip.compress(EVERY_RULE.encode("latin-1")), ["invalid byte sequence", "line 4"]),
    "an invoice of two customers": (
        EVERY_RULE + LINES[-1].replace("28,", "29,", 1).replace(",13,", ",14,"),
        ["source_invoices_have_one_customer"],
    ),
    "a cancellation that adds": (
        EVERY_RULE.replace("SAMPLE,-1", "SAMPLE,1"),
        ["source_lines_cancellations_are_negative"],
    ),
    # What the store would not take: told with the line, before anything is made of it.
    "a day that may be a month": (with_first_line(invoice_ts="1/2/2011 10:00"), ["date/time", "line 2"]),
    "tomorrow": (with_first_line(invoice_ts="2999-01-01 10:00"), ["source_lines_are_of_the_past", "line 2"]),
    "never": (with_first_line(invoice_ts="infinity"), ["source_lines_are_of_the_past", "line 2"]),
    "a code of blanks": (with_first_line(stock_code=" "), ["code_is_clean_text", "line 2, column stock_code"]),
    "a blank behind": (with_first_line(description="CUP\u00a0"), ["title_is_clean_text", "line 2, column description"]),
    "two code points": (with_first_line(description="CAFE\u0301"), ["title_is_clean_text", "line 2"]),
    "a line break": (with_first_line(description='"A\nCUP"'), ["title_is_clean_text", "line 3"]),
    "too long a name": (with_first_line(description="x" * 201), ["too long", "line 2, column description"]),
    "too long a code": (with_first_line(stock_code="x" * 51), ["too long", "line 2, column stock_code"]),
    "no price": (with_first_line(unit_price="NaN"), ["source_lines_cost_an_amount", "line 2"]),
    "a price below 0": (with_first_line(unit_price="-1.00"), ["source_lines_cost_an_amount", "line 2"]),
    "a customer's negative sale": (
        EVERY_RULE.replace("SAMPLE,1", "SAMPLE,-1"),
        ["order_items_quantity_is_positive"],
    ),
}


def test_a_file_that_is_not_what_it_must_be_is_refused(capsys, store, dsn, file_of):
    for content, words in BAD_FILES.values():
        assert_refused(capsys, store, [file_of(content), "--dsn", dsn], *words)


def test_a_file_that_is_not_there_is_refused(capsys, store, dsn, tmp_path):
    assert_refused(capsys, store, [str(tmp_path / "none.csv.gz"), "--dsn", dsn], "none.csv.gz", "No such file")
    assert_refused(capsys, store, [str(tmp_path), "--dsn", dsn], "directory")


def test_a_server_that_does_not_answer_is_named_in_one_line(capsys, store, file_of, tmp_path):
    arguments = [file_of(EVERY_RULE), "--dsn", f"postgresql:///store?host={tmp_path}"]
    assert_refused(capsys, store, arguments, "cannot connect: connection to server", str(tmp_path))


def test_without_a_dsn_the_environment_names_the_server(capsys, store, dsn, file_of, monkeypatch):
    for name, value in conninfo_to_dict(dsn).items():
        monkeypatch.setenv({"dbname": "PGDATABASE"}.get(name, f"PG{name.upper()}"), str(value))
    assert run(capsys, file_of(EVERY_RULE))[0] == 0
    assert store.execute("SELECT count(*) FROM orders").fetchone() == (8,)


def test_without_any_server_one_is_told_how_to_get_one(capsys, store, file_of, monkeypatch, tmp_path):
    monkeypatch.setattr(store_connection, "ROOT", tmp_path)
    assert_refused(capsys, store, [file_of(EVERY_RULE)], "no store is deployed here", "python deploy.py", "--dsn")


def test_wrong_usage_is_exit_code_2(capsys, store, dsn):
    for arguments in (["--bogus"], ["--dsn", "no connection string"], ["one", "two"]):
        exit_code, _, errors = run(capsys, *arguments)
        assert exit_code == 2
        assert errors[-1].startswith("load.py: ")
