"""What every test may ask for: a server started for the run, and a database of its own.

With `-n 2` (pytest-xdist) two processes share the files of the run, each with a server of its own,
so that roles and databases of the same name never meet.

Give the fixture one of two stores, `store` (deployed, empty) or `seeded_store` (with demo/seed.sql
in it): both are connections of the store's owner. `superuser`, `open_session`, `dsn` and `database`
belong to the same store, and to the seeded one where a test names neither.
"""

import os
import signal
from pathlib import Path
from shutil import disk_usage, which
from tempfile import TemporaryDirectory

import pytest
from pytest_postgresql import factories
from pytest_postgresql.config import get_config

from embedded_server import EmbeddedServer
from tests import templates
from tests.concurrency.session import Session
from tests.database import OWNER, Server, copy_of, leave, new_database
from tests.sql_file import SqlFile

# What is lost in a crash was a test's anyway; what the JIT compiles for a second, because no table of
# a test's store was ever analysed, runs for a millisecond.
SERVER_SETTINGS = {
    "jit": "off",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "200",
    "max_prepared_transactions": "5",
    "max_wal_size": "256MB",
}
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ROOM_FOR_A_RUN = 4 * 1024**3  # bytes

deployed = factories.postgresql_noproc(dbname="test_store", depends_on="server", load=[templates.load_store])
seeded = factories.postgresql_noproc(dbname="test_seeded", depends_on="deployed", load=[templates.load_seed])
seeded_with_pgtap = factories.postgresql_noproc(dbname="test_pgtap", depends_on="seeded", load=[templates.load_pgtap])


def pytest_addoption(parser):
    """Options of the project's own."""
    group = parser.getgroup("store", "the store")
    group.addoption(
        "--rewrite-expected",
        action="store_true",
        help="write today's results to tests/expected; read the difference like code",
    )
    group.addoption(
        "--with-extensions",
        action="store_true",
        help="also run what needs pgTAP, plpgsql_check, pg_cron, pgbouncer, prometheus-postgres-exporter, patroni,"
        " etcd-server, haproxy and pgbackrest",
    )
    group.addoption(
        "--with-browser",
        action="store_true",
        help="run what needs Chromium, or fail where there is none, instead of leaving it out",
    )
    group.addoption(
        "--with-ecosystem",
        action="store_true",
        help="also run what needs Django, SQLAlchemy and sqlacodegen: pip install -e '.[ecosystem]'",
    )
    group.addoption(
        "--with-postgraphile",
        action="store_true",
        help="also run what needs PostGraphile, which npm fetches: needs Node.js",
    )


def pytest_configure():
    """End on SIGTERM as on Ctrl-C: `timeout`, or a CI that cancels, must not leave a server behind.

    A run in the background of a script starts with Ctrl-C ignored, and so would what it starts.
    """
    for interruption in (signal.SIGTERM, signal.SIGINT):
        signal.signal(interruption, signal.default_int_handler)


def pytest_collection_modifyitems(config, items):
    """Leave out what this machine lacks, unless it is asked for: a test runs or is not there."""
    is_wanted = {
        "needs_extensions": config.getoption("with_extensions"),
        "needs_browser": config.getoption("with_browser") or which("chromium"),
        "needs_ecosystem": config.getoption("with_ecosystem"),
        "needs_postgraphile": config.getoption("with_postgraphile"),
    }
    markers = [marker for marker, wanted in is_wanted.items() if not wanted]
    left_out = [item for item in items if any(map(item.get_closest_marker, markers))]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_collect_file(file_path, parent):
    """Collect tests/sql/**/*.sql as tests, one a file."""
    if file_path.suffix == ".sql" and SqlFile.ROOT in file_path.parents:
        return SqlFile.from_parent(parent, path=file_path)


@pytest.fixture(scope="session")
def server(request):
    """The run's PostgreSQL: a temporary one, of the major version whose pg_ctl --postgresql-exec
    names, else the wheel's; or the one that --postgresql-host names.
    """
    for name in [name for name in os.environ if name.startswith("PG")]:
        del os.environ[name]  # a PGDATABASE or PGOPTIONS must not lead a test elsewhere
    pg_ctl = request.config.getoption("postgresql_exec")
    if request.config.getoption("postgresql_host"):
        given = get_config(request)
        given_server = Server(given.host, int(given.port or 5432), given.user, given.password, given.options)
        templates.make_owner(given_server)
        yield given_server
        leave(given_server)
        return
    with TemporaryDirectory(prefix="store-tests-", dir=memory_file_system()) as directory:
        binaries = Path(pg_ctl).parent if pg_ctl else None
        embedded = EmbeddedServer(Path(directory) / "data", SERVER_SETTINGS, binaries)
        embedded.start()
        try:
            started_server = Server(embedded.host, embedded.port)
            templates.make_owner(started_server)
            yield started_server
            leave(started_server)
        finally:
            embedded.stop()


def memory_file_system():
    """Linux's, where it has room: copying a database for every test is then many times faster."""
    directory = Path("/dev/shm")
    if directory.is_dir() and os.access(directory, os.W_OK):
        return directory if disk_usage(directory).free > ROOM_FOR_A_RUN else None
    return None


@pytest.fixture
def database(request):
    """This test's database; `database.dsn(role)` and `database.connect(role)` get into it."""
    wanted = {"store", "seeded_store"}.intersection(request.fixturenames)
    assert len(wanted) < 2, "a test has one database: ask for store or for seeded_store"
    template = request.getfixturevalue("deployed" if "store" in wanted else "seeded")
    with copy_of(template) as copy:
        yield copy


@pytest.fixture
def empty_database(server):
    """A database of the owner's in which nothing was deployed."""
    with new_database(server, "test_empty", server.template_dbname) as empty:
        yield empty


@pytest.fixture
def pgtap_database(seeded_with_pgtap):
    """A seeded store in which pgTAP, or our part of it, is installed in the schema pgtap."""
    with copy_of(seeded_with_pgtap) as copy:
        yield copy


@pytest.fixture
def dsn(database):
    """The owner's connection string to this test's store."""
    return database.dsn()


@pytest.fixture
def store(database):
    """The owner's connection to an empty store."""
    with database.connect() as connection:
        yield connection


@pytest.fixture
def seeded_store(database):
    """The owner's connection to a store that holds demo/seed.sql."""
    with database.connect() as connection:
        yield connection


@pytest.fixture
def superuser(database):
    """The server's superuser in this test's store."""
    with database.connect(None) as connection:
        yield connection


@pytest.fixture
def open_session(database, superuser):
    """Open another real session: as the owner, or as a login in `role`, for `customer_id`."""
    sessions = []

    def open_session(role=OWNER, customer_id=None):
        settings = {} if customer_id is None else {"app.customer_id": customer_id}
        sessions.append(Session(database.dsn(role, **settings), observer=superuser))
        return sessions[-1]

    yield open_session
    for session in sessions:
        session.close()


@pytest.fixture(scope="session")
def chromium():
    """A headless Chromium with a profile of its own."""
    from playwright.sync_api import sync_playwright  # where what needs it is left out, nobody needs it

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=which("chromium"), args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def repetitions(request):
    """How often a `long` test repeats: all of its count in `pytest -m long`, else a tenth."""
    is_full = request.config.getoption("markexpr") == "long"
    return lambda count: count if is_full else max(1, count // 10)
