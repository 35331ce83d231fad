"""The server's disk is lost; from base backup and archived log the store comes back as it was between two orders."""

import re
import shutil

import psycopg

from tests.operations.manual import blocks
from tests.operations.servers import eventually, kill
from tests.security.sales_traffic import DIFFERENCES

PLACE = """SELECT place_order(%s, '[{"product_id": 5, "quantity": 1}]', %s)"""
KEYS = "SELECT idempotency_key FROM orders WHERE idempotency_key LIKE 'drill-%' ORDER BY 1"
SECTION = "Back up, and go back to any moment"


def test_the_store_as_it_was_between_two_orders(directory, run_as_server, start, start_with_demo):
    """The first order is there, the second is not, and everything goes on without a hand's turn."""
    prepare, back_up, restore = (on_this_disk(block, directory) for block in blocks(SECTION, "sh"))
    settings = dict(re.findall(r"^(\w+) = '?(.*?)'?$", on_this_disk(blocks(SECTION, "ini")[0], directory), re.M))
    assert settings.keys() == {"archive_mode", "archive_command", "archive_timeout"}
    run_as_server(prepare)
    lost = start_with_demo("lost", **settings)
    lost.run_as_server(back_up)

    with lost.connect() as owner:
        first = owner.execute(PLACE, [1, "drill-1"]).fetchone()[0]
        head = owner.execute("SELECT seal_audit()").fetchone()[0]
        note, compare = (on_this_disk(block, directory) for block in blocks("Prove that it is all there", "sh"))
        lost.run_as_operator(note)
        [moment] = owner.execute("SELECT clock_timestamp()::TEXT").fetchone()
        owner.execute(PLACE, [2, "drill-2"])
        later_head = owner.execute("SELECT run_maintenance() ->> 'sealed'").fetchone()[0]
        assert owner.execute(KEYS).fetchall() == [("drill-1",), ("drill-2",)]
        [later_manifest] = owner.execute("SELECT store_manifest()::TEXT").fetchone()
        archive(owner)
    kill(lost)
    shutil.rmtree(lost.data_directory)

    with_moment, times = re.subn(r"(recovery_target_time = )'.*'", rf"\1'{moment}'", restore)
    assert times == 1
    run_as_server(with_moment, PGDATA=str(directory / "restored"))
    restored = start("restored")
    with restored.connect() as owner:
        eventually(lambda: owner.execute("SELECT pg_is_in_recovery()").fetchone() == (False,))
        assert owner.execute(KEYS).fetchall() == [("drill-1",)]
        reset, *questions = blocks(SECTION, "sql")[0].strip().splitlines()
        owner.execute(reset)
        assert len(questions) == 2
        for question in questions:
            assert owner.execute(question).fetchall() == []

        # Nothing is missing and nothing too much; of what was lost it says so.
        assert re.findall(r"^ store +\| (\w+)", restored.run_as_operator(compare), re.M) == ["same"]
        told = owner.execute("SELECT part, verdict FROM verify_manifest(%s)", [later_manifest]).fetchall()
        earlier = ["store", "seals", "orders", "order_items", "order_audit"]
        assert [part for part, verdict in told if verdict != "same"] == earlier
        assert {verdict for part, verdict in told if part in earlier} == {"earlier"}

        # What the page says others will find.
        assert owner.execute("SELECT * FROM verify_audit(%s)", [head]).fetchall() == []
        assert owner.execute("SELECT expected FROM verify_audit(%s)", [later_head]).fetchall() == [(later_head,)]
        assert owner.execute(PLACE, [1, "drill-1"]).fetchone()[0] == first
        owner.execute(PLACE, [2, "drill-2"])
        assert owner.execute(KEYS).fetchall() == [("drill-1",), ("drill-2",)]

        # And the upkeep goes on from where it was.
        assert owner.execute(DIFFERENCES).fetchall() == []
        owner.execute("SELECT run_maintenance()")
        assert owner.execute(DIFFERENCES).fetchall() == []
        assert owner.execute("SELECT * FROM integrity_violations").fetchall() == []
        assert owner.execute("SELECT * FROM verify_audit(%s)", [head]).fetchall() == []


def on_this_disk(text, directory):
    """The page's directory for backups is the test's."""
    return text.replace("/backup", f"{directory}/backup")


def archive(superuser: psycopg.Connection) -> None:
    """Have the current segment archived; return when it is."""
    [[segment]] = superuser.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchall()
    done = "SELECT last_archived_wal >= %s FROM pg_stat_archiver"
    eventually(lambda: superuser.execute(done, [segment]).fetchone() == (True,))
