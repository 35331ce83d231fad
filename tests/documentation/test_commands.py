"""What a page tells its reader to type works as it stands. Each block of shell or SQL is run here, or another test
runs it that is named here; a new block fails until it is either."""

import re
import shlex

import pytest

import deploy
import invoice
import report
from demo.online_retail import load
from docs.schema import generate
from examples.shop import run
from tests.documentation.manual_pages import PAGES, ROOT, blocks, inline_code

# Not run here, but by these.
ELSEWHERE = {
    ("README.md", "Start", "sh"): ".ci/run",
    ("README.md", "A shop in front of it", "sh"): "tests/shop/test_run.py",
    ("README.md", "A real year of sales", "sh"): "tests/online_retail/test_real_year.py",
    ("demo/online_retail/README.md", "*", "sh"): "tests/online_retail/test_real_year.py",
    ("docs/bi.md", "*", "sql"): "tests/building",
    ("docs/build-on-it.md", "*", "sql"): "tests/building",
    ("docs/many-stores.md", "*", "sql"): "tests/operations",
    ("docs/many-stores.md", "*", "sh"): "tests/operations",
    ("docs/monitoring.md", "*", "sql"): "tests/views/test_monitoring_manual.py",
    ("docs/monitoring.md", "*", "sh"): "tests/views/test_exporter_queries.py",
    ("docs/operations.md", "*", "sql"): "tests/operations",
    ("docs/operations.md", "*", "sh"): "tests/operations",
    ("docs/schema/opening.md", "*", "sql"): "docs/schema.md",
}
# A measurement takes minutes, and whoever repeats it does so by the command the page opens with.
MEASUREMENTS = [page for page in PAGES if page.startswith("benchmarks/")]
BLOCKS = [block for page in PAGES if page not in MEASUREMENTS for block in blocks(page, "sh", "sql")]


def is_run_elsewhere(block):
    return {(block.page, block.section, block.language), (block.page, "*", block.language)} & ELSEWHERE.keys()


def name_of(block):
    return f"{block.page}-{block.section}"


@pytest.mark.parametrize(
    "block", [block for block in BLOCKS if block.language == "sql" and not is_run_elsewhere(block)], ids=name_of
)
def test_sql_runs_as_it_stands(block, seeded_store):
    for statement in statements(block.text):
        seeded_store.execute(statement)
    assert seeded_store.execute("SELECT * FROM integrity_violations").fetchall() == []


@pytest.mark.parametrize(
    "block", [block for block in BLOCKS if block.language == "sh" and not is_run_elsewhere(block)], ids=name_of
)
def test_shell_commands_run_as_they_stand(block, seeded_store, follow):
    ended = follow(block.text)
    assert ended.returncode == 0, ended.stdout


def test_an_orders_life_goes_as_the_readme_says(seeded_store):
    [block] = [block for block in blocks("README.md", "sql") if block.section == "An order's life"]
    quote, place, number, pay, ship, allow, refund, integrity = statements(block.text)
    assert len(seeded_store.execute(quote).fetchall()) == 1
    (order_id,) = seeded_store.execute(place).fetchone()
    assert (order_id,) == seeded_store.execute(place).fetchone()  # a retry is the same order
    assert number == f"SELECT order_number({order_id})"
    seeded_store.execute(number)
    assert f"record_payment({order_id}," in pay and f"ship_order({order_id}," in ship
    seeded_store.execute(pay)
    query = "SELECT status, paid_amount = total FROM orders WHERE order_id = %s"
    assert seeded_store.execute(query, [order_id]).fetchone() == ("paid", True)
    seeded_store.execute(ship)
    seeded_store.execute(allow)
    due = f"SELECT amount_due FROM refunds_due WHERE order_id = {order_id}"
    assert f", {seeded_store.execute(due).fetchone()[0]})" in refund
    seeded_store.execute(refund)
    assert seeded_store.execute(due).fetchone() is None
    assert seeded_store.execute(integrity).fetchall() == []


def test_the_readme_shows_what_the_first_command_prints(capsys, dsn, seeded_store):
    assert deploy.main(["--dsn", dsn, "--demo"]) == 0
    printed = capsys.readouterr().out
    [shown] = blocks("README.md", "text")
    missing = [line for line in shown.text.splitlines() if line != "…" and line.rstrip() not in printed]
    assert missing == []


@pytest.mark.parametrize("key", sorted(ELSEWHERE))
def test_what_is_run_elsewhere_is_there_and_somebody_runs_it(key):
    page, section, language = key
    there = [
        block.section
        for block in BLOCKS
        if block.page == page and block.language == language and section in ("*", block.section)
    ]
    assert there, "no such block: strike it from ELSEWHERE"
    runner = ROOT / ELSEWHERE[key]
    assert runner.exists()
    if runner.is_dir():
        sources = [file.read_text() for file in runner.glob("test_*.py")]
        unnamed = [heading for heading in there if not any(f'"{heading}"' in source for source in sources)]
        assert unnamed == [], "sections whose commands no test takes"


COMMANDS = {
    "deploy.py": deploy.parse,
    "report.py": report.parse,
    "invoice.py": invoice.parse,
    "load.py": load.parse,
    "generate.py": generate.parse,
    "shop/run.py": run.parse,
}
TOLD = sorted(
    {
        (page, code.strip())
        for page in PAGES
        for code in [*inline_code(page), *(line for block in blocks(page, "sh") for line in block.text.splitlines())]
        if re.search(rf"(^|[ /])({'|'.join(map(re.escape, COMMANDS))}) ", code)
    }
)


@pytest.mark.parametrize(("page", "command"), TOLD)
def test_our_programs_take_the_arguments_a_page_gives_them(page, command):
    for part in re.split(r" (?:&&|\|\|) ", command):
        words = shlex.split(part, comments=True)
        for place, word in enumerate(words):
            for program, parse in COMMANDS.items():
                if f"/{word}".endswith(f"/{program}") and "--help" not in words:
                    parse(words[place + 1 :])  # ends with a SystemExit where they are wrong


@pytest.mark.parametrize("page", MEASUREMENTS)
def test_a_measurement_begins_with_a_program_that_is_there(page):
    [first, *_] = blocks(page, "sh")
    programs = [word for word in shlex.split(first.text, comments=True) if word.endswith((".py", ".sh"))]
    assert programs and all((ROOT / program).is_file() for program in programs)


@pytest.mark.parametrize(
    "command", [code for code in inline_code("CONTRIBUTING.md") if code.startswith(".venv/bin/pytest ")]
)
def test_pytest_finds_something_to_run_where_contributing_says(command, follow):
    """One that names no path is given one: what it takes is to be seen, and all there is takes seconds to collect."""
    somewhere = "" if " tests/" in command else "tests/model"
    ended = follow(f"{command} --collect-only -q {somewhere}")
    assert ended.returncode == 0, ended.stdout


def statements(text):
    """The statements of a block; none of ours has a semicolon within."""
    return [statement.strip() for statement in re.split(r";[ \t]*(?:--.*)?\n", text) if statement.strip()]
