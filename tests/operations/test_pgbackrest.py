"""A table's file is damaged; pgBackRest, set up as examples/failover has it, brings the store back as it was between two orders."""

import re
from time import time

import psycopg
import pytest

from tests.operations.manual import blocks
from tests.operations.patroni import EXAMPLES, pgbackrest_of, replaced
from tests.operations.servers import eventually
from tests.operations.test_point_in_time import KEYS, PLACE, archive

pytestmark = pytest.mark.needs_extensions  # Debian's pgbackrest, which knows its own PostgreSQL and none newer

SECTION = "With pgBackRest"
PAGE = 8192  # bytes


@pytest.fixture
def here(directory):
    """Say the page's commands so that they mean the test's server, repository and logs."""
    where = [
        ("/backup", f"{directory}/backup"),
        ("/var/lib/postgresql/15/shop", f"{directory}/shop"),
        ("/var/run/postgresql", f"{directory}/shop.socket"),
        *pgbackrest_of(directory),
    ]
    (directory / "pgbackrest.conf").write_text(replaced((EXAMPLES / "pgbackrest.conf").read_text(), where))
    return lambda command: replaced(command, where)


def test_the_store_as_it_was_between_two_orders(directory, here, start, start_with_demo):
    """The first order is there, the second is not, and the manifest says so."""
    prepare, restore, copy = (here(block) for block in blocks(SECTION, "sh"))
    settings = dict(re.findall(r"^(\w+) = '?(.*?)'?$", here(blocks(SECTION, "ini")[0]), re.M))
    note, compare = (here(block) for block in blocks("Prove that it is all there", "sh"))
    server = start_with_demo("shop", **settings)
    server.run_as_server(prepare)
    backed_up_at = time()
    eventually(lambda: time() > backed_up_at + 2)  # pgBackRest dates its backups in whole seconds

    with server.connect() as owner:
        owner.execute(PLACE, [1, "drill-1"])
        server.run_as_server(note)
        [moment, last_event] = owner.execute(
            "SELECT clock_timestamp()::TEXT, max(performed_at) FROM order_audit"
        ).fetchone()
        owner.execute(PLACE, [2, "drill-2"])
        [later_manifest] = owner.execute("SELECT store_manifest()::TEXT").fetchone()
        archive(owner)
        [file] = owner.execute("SELECT pg_relation_filepath('orders')").fetchone()
    server.stop()
    with open(server.data_directory / file, "r+b") as orders:
        orders.write(b"\xff" * PAGE)
    server.start()
    with server.connect() as owner, pytest.raises(psycopg.errors.DataCorrupted):
        owner.execute("SELECT count(total) FROM orders")
    server.stop()

    with_moment, times = re.subn(r"--target='.*?'", f"--target='{moment}'", restore)
    assert times == 1
    server.run_as_server(with_moment)
    server.start()
    with server.connect() as owner:
        eventually(lambda: owner.execute("SELECT pg_is_in_recovery()").fetchone() == (False,))
        assert owner.execute(KEYS).fetchall() == [("drill-1",)]
        assert owner.execute("SELECT * FROM integrity_violations").fetchall() == []
        store = re.search(r"^ store +\| (\w+) +\| (\S+) +\| (\S+)", server.run_as_operator(compare), re.M)
        assert store[1] == "same"
        [is_of_that_moment] = owner.execute("SELECT %s::TIMESTAMPTZ = %s", [store[3], last_event]).fetchone()
        assert is_of_that_moment
        told = owner.execute("SELECT verdict FROM verify_manifest(%s) WHERE part = 'store'", [later_manifest])
        assert told.fetchone() == ("earlier",)
        owner.execute(PLACE, [2, "drill-2"])
        archive(owner)
    server.run_as_operator("python deploy.py --verify")

    server.run_as_server(copy, PGDATA=str(directory / "copy"))
    with start("copy").connect() as owner:
        eventually(lambda: owner.execute("SELECT pg_is_in_recovery()").fetchone() == (False,))
        assert owner.execute(KEYS).fetchall() == [("drill-1",), ("drill-2",)]
        assert owner.execute("SHOW archive_mode").fetchone() == ("off",)
