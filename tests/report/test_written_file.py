"""The file that report.py and invoice.py write: whole or not at all, beside another run, into a pipe, on a full disk."""

import errno
import os
import sys
import threading
from pathlib import Path

import pytest

import invoice
import report
from tests.database import LOGINS

PROGRAMS = [report.main, lambda arguments: invoice.main(["INV-10", *arguments])]


@pytest.mark.parametrize("main", PROGRAMS)
@pytest.mark.parametrize("file", ["", ".", "/", "{tmp_path}"])
def test_a_directory_is_no_file_and_nothing_is_left_beside_it(
    main, file, capsys, dsn, seeded_store, tmp_path, monkeypatch
):
    (tmp_path / "inside").mkdir()
    monkeypatch.chdir(tmp_path / "inside")
    assert main([file.format(tmp_path=tmp_path / "inside"), "--dsn", dsn]) == 1
    [error] = capsys.readouterr().err.splitlines()
    assert "cannot write" in error and "Is a directory" in error
    assert [*tmp_path.rglob("*")] == [tmp_path / "inside"]


@pytest.mark.parametrize("main", PROGRAMS)
def test_a_pipe_is_written_to_and_stays_a_pipe(main, capsys, dsn, seeded_store, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    got = []
    reader = threading.Thread(target=lambda: got.append((tmp_path / "pipe").read_text()))
    reader.start()
    assert main([str(tmp_path / "pipe"), "--dsn", dsn]) == 0
    reader.join()
    assert (tmp_path / "pipe").is_fifo() and got[0].rstrip().endswith("</html>")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("main", PROGRAMS)
def test_a_full_disk_is_told_in_one_line(main, capsys, dsn, seeded_store):
    assert main(["/dev/full", "--dsn", dsn]) == 1
    [error] = capsys.readouterr().err.splitlines()
    assert "cannot write /dev/full: No space left on device" in error


@pytest.mark.parametrize("main", PROGRAMS)
def test_of_a_page_that_failed_half_way_nothing_is_left(main, capsys, dsn, seeded_store, tmp_path, monkeypatch):
    (tmp_path / "page.html").write_text("the old page")
    whole = Path.write_text

    def half(self, text, **how):
        whole(self, text[:100], **how)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", half)
    assert main([str(tmp_path / "page.html"), "--dsn", dsn]) == 1
    assert [file.read_text() for file in tmp_path.iterdir()] == ["the old page"]


@pytest.mark.parametrize("main", PROGRAMS)
def test_a_link_leads_to_the_new_page(main, dsn, seeded_store, tmp_path):
    (tmp_path / "page.html").write_text("the old page")
    (tmp_path / "link.html").symlink_to("page.html")
    assert main([str(tmp_path / "link.html"), "--dsn", dsn]) == 0
    assert (tmp_path / "link.html").is_symlink() and "</html>" in (tmp_path / "page.html").read_text()


@pytest.mark.parametrize("main", PROGRAMS)
def test_two_at_once_write_two_whole_pages_one_after_the_other(main, dsn, seeded_store, tmp_path, monkeypatch):
    """The other run ends while this one is about to put its page in place."""
    file, replace = tmp_path / "page.html", Path.replace

    def other_first(self, target):
        monkeypatch.setattr(Path, "replace", replace)
        with monkeypatch.context() as other:
            other.setattr(os, "getpid", lambda: 0)
            assert main([str(file), "--dsn", dsn]) == 0
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", other_first)
    assert main([str(file), "--dsn", dsn]) == 0
    assert [*tmp_path.iterdir()] == [file] and file.read_text().rstrip().endswith("</html>")


@pytest.mark.parametrize("main", PROGRAMS)
def test_a_reader_of_the_result_who_cannot_have_it_does_not_end_the_program(
    main, dsn, seeded_store, tmp_path, monkeypatch
):
    with open("/dev/full", "w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert main([str(tmp_path / "page.html"), "--dsn", dsn]) == 0
    assert (tmp_path / "page.html").exists()


@pytest.mark.parametrize(("main", "group"), [*zip(PROGRAMS, ["shop_analyst", "shop_staff"], strict=True)])
def test_who_may_not_enter_the_schema_is_told_so_and_not_to_deploy(
    main, group, capsys, database, seeded_store, tmp_path
):
    seeded_store.execute(f"REVOKE USAGE ON SCHEMA store FROM {LOGINS[group]}")
    assert main([str(tmp_path / "page.html"), "--dsn", database.dsn(group)]) == 1
    [error] = capsys.readouterr().err.splitlines()
    assert error.endswith(
        f"permission denied for schema store: connect as a member of {group} that has USAGE on schema store"
    )
