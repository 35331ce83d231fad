"""report.py from its user's side: who may run it, what it prints, and one clear line where it cannot."""

import sys
import webbrowser

import pytest

import report
from shop_report import program
from tests.report.shop_page import ShopPage, write_page


def run(capsys, *arguments):
    """The exit code, what was printed, and the lines of complaint."""
    try:
        exit_code = report.main(list(map(str, arguments)))
    except SystemExit as ended:
        exit_code = ended.code
    printed = capsys.readouterr()
    return exit_code, printed.out, printed.err.splitlines()


@pytest.mark.parametrize("role", ["shop_analyst", "shop_staff"])
def test_whoever_reads_reports_gets_the_same_page(role, database, dsn, seeded_store, tmp_path):
    pages = [write_page(login, tmp_path / "page.html").read_text() for login in (dsn, database.dsn(role))]
    assert pages[0] == pages[1]


def test_it_says_in_one_line_where_the_page_is_and_how_big(capsys, dsn, seeded_store, tmp_path):
    file = tmp_path / "page.html"
    exit_code, printed, errors = run(capsys, "--dsn", dsn, file)
    assert (exit_code, errors) == (0, [])
    assert printed == f"wrote {file}, {file.stat().st_size / 1000:,.0f} kB\n"
    assert file.stat().st_size < 2_000_000


def test_open_shows_the_page(capsys, dsn, seeded_store, tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    assert run(capsys, "--dsn", dsn, "--open", tmp_path / "page.html")[0] == 0
    assert opened == [(tmp_path / "page.html").as_uri()]


def test_an_empty_store_has_a_page(dsn, store, tmp_path):
    page = ShopPage(write_page(dsn, tmp_path / "page.html").read_text())
    assert (page.tiles["revenue"], page.tiles["average"], page.tables) == ("$0.00", "–", {})
    assert "No order waits for anything." in page.text


def test_nothing_can_be_written_to_the_store(capsys, dsn, seeded_store, tmp_path, monkeypatch):
    monkeypatch.setattr("shop_report.figures.KPIS", "DELETE FROM addresses")
    exit_code, _, errors = run(capsys, "--dsn", dsn, tmp_path / "page.html")
    assert (exit_code, errors) == (1, ["report.py: cannot execute DELETE in a read-only transaction"])


@pytest.mark.parametrize("role", ["shop_customer", "shop_auditor", "public"])
def test_whoever_may_not_read_reports_is_told_who_may(role, capsys, database, seeded_store, tmp_path):
    exit_code, printed, errors = run(capsys, "--dsn", database.dsn(role), tmp_path / "page.html")
    assert (exit_code, printed, list(tmp_path.iterdir())) == (1, "", [])
    assert errors == [errors[0]] and "permission denied" in errors[0] and "shop_analyst" in errors[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--schema", "nowhere"], ["schema nowhere", "python deploy.py --schema nowhere"]),
        (["--as-of", "yesteryear"], ["--as-of", "yesteryear"]),
        (["--dsn", "postgresql:///store?host=/nowhere"], ["cannot connect: connection to server", "/nowhere"]),
        (["/nowhere/page.html"], ["/nowhere/page.html", "No such file or directory"]),
    ],
)
def test_what_is_wrong_is_said_in_one_line(arguments, words, capsys, dsn, seeded_store, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exit_code, printed, errors = run(capsys, "--dsn", dsn, *arguments)
    assert (exit_code, printed, list(tmp_path.iterdir())) == (1, "", [])
    assert len(errors) == 1 and errors[0].startswith("report.py: ")
    assert all(word in errors[0] for word in words)


def test_without_any_server_one_is_told_how_to_get_one(capsys, tmp_path, monkeypatch, server):
    monkeypatch.setattr(program, "ROOT", tmp_path)
    exit_code, _, errors = run(capsys, tmp_path / "page.html")
    assert exit_code == 1
    assert "no store is deployed here: run python deploy.py" in errors[0]


def test_without_the_drawing_libraries_one_is_told_how_to_get_them(capsys, dsn, seeded_store, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "shop_report.page", None)
    exit_code, _, errors = run(capsys, "--dsn", dsn, tmp_path / "page.html")
    assert exit_code == 1
    assert len(errors) == 1 and "pip install -e '.[report]'" in errors[0]


def test_a_page_that_is_there_stays_until_the_new_one_is_complete(capsys, dsn, seeded_store, tmp_path, monkeypatch):
    file = tmp_path / "page.html"
    file.write_text("the old page")
    monkeypatch.setattr("shop_report.page.drawing_library", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        report.main(["--dsn", dsn, str(file)])
    assert file.read_text() == "the old page"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--bogus"], ["--bogus"]),
        (["--dsn", "no connection string"], ["that is no connection string", "postgresql://user@host/database"]),
        (["--schema", ""], ["--schema", "lower-case letters"]),
        (["--as-of", ""], ["--as-of", "it is empty"]),
    ],
)
def test_wrong_usage_is_exit_code_2(arguments, words, capsys):
    exit_code, printed, errors = run(capsys, *arguments)
    assert (exit_code, printed) == (2, "")
    assert all(word in errors[-1] for word in words)


def test_a_mistyped_option_does_not_show_the_password_beside_it(capsys):
    exit_code, _, errors = run(capsys, "page.html", "postgresql://ada:secret@host/shop")
    assert exit_code == 2 and "secret" not in "".join(errors) and "ada:***@host" in errors[-1]
