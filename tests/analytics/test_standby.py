"""Reports are read where they disturb nobody: on a hot standby, by an analyst, and say the same there."""

import os
import shlex
import shutil
import subprocess
import tempfile
from datetime import datetime
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tests.analytics import oracle
from tests.analytics.comparison import settle, view
from tests.conftest import memory_file_system
from tests.test_expected import REPORT_NOW


def test_every_report_reads_the_same_on_a_hot_standby(seeded_store, database, superuser):
    now = datetime.fromisoformat(REPORT_NOW)
    settle(seeded_store, now, "Asia/Kolkata")
    # Since the refresh a day was touched: daily_sales computes it live, there as here.
    seeded_store.execute("SELECT cancel_order(45, 'changed her mind')")
    expected = {name: oracle.as_text(view(seeded_store, name)) for name in oracle.REPORTS}
    with Standby(superuser, database) as standby, standby.connect("shop_analyst") as analyst:
        assert analyst.execute("SELECT pg_is_in_recovery()").fetchone() == (True,)
        settle(analyst, now, "Europe/London", refresh="SELECT 1")
        actual = {name: oracle.as_text(view(analyst, name)) for name in oracle.REPORTS}
    assert actual == expected


class Standby:
    """A copy of the run's server that follows it, until the block ends.

    It runs as whoever the server runs as, from the server's own programs: for any server of this
    machine. It serves queries once it has replayed the copy's last record, so all that was
    committed before the copy was taken is there.
    """

    def __init__(self, superuser: psycopg.Connection, database):
        self.database = database
        self.primary = psycopg.conninfo.conninfo_to_dict(database.dsn(None))
        [(programs, data_directory)] = superuser.execute(
            """SELECT setting, current_setting('data_directory')
            FROM pg_config WHERE name = 'BINDIR'"""
        ).fetchall()
        self.programs, self.owner = Path(programs), os.stat(data_directory)
        # What the primary has on its command line is in no copy; of these a standby needs as much.
        self.settings: dict = dict(
            superuser.execute(
                """SELECT name, setting FROM pg_settings
                WHERE name IN ('port', 'max_connections', 'max_locks_per_transaction',
                    'max_prepared_transactions', 'max_wal_senders', 'max_worker_processes')"""
            )
        )

    def __enter__(self):
        self.directory = Path(tempfile.mkdtemp(prefix="store-standby-", dir=memory_file_system()))
        try:
            os.chown(self.directory, self.owner.st_uid, self.owner.st_gid)
            connection = {name: self.primary[name] for name in ("host", "port", "user")}
            self.run(
                "pg_basebackup",
                "--checkpoint=fast",
                "--no-sync",
                "--write-recovery-conf",
                f"--pgdata={self.directory}/data",
                f"--dbname={make_conninfo(**connection)}",
            )
            settings = {"unix_socket_directories": str(self.directory), "listen_addresses": ""}
            settings |= {"fsync": "off", **self.settings}
            flags = shlex.join(f"-c{name}={value}" for name, value in settings.items())
            self.run_on_data("-w", "-l", self.directory / "log", "-o", flags, "start")
        except BaseException:
            shutil.rmtree(self.directory)
            raise
        return self

    def __exit__(self, *_):
        self.run_on_data("-w", "-m", "immediate", "stop")
        shutil.rmtree(self.directory)

    def connect(self, role):
        """A session of a login that is in `role`, with the test's store on its path."""
        here = {"host": str(self.directory), "port": self.primary["port"]}
        return psycopg.connect(make_conninfo(self.database.dsn(role), **here), autocommit=True)

    def run_on_data(self, *arguments):
        """Run pg_ctl."""
        self.run("pg_ctl", "-D", self.directory / "data", *arguments)

    def run(self, program, *arguments):
        """Run one of the server's programs as the server's user; fails with what it said."""
        as_user = {}
        if os.geteuid() == 0:
            as_user = {"user": self.owner.st_uid, "group": self.owner.st_gid, "extra_groups": []}
        with tempfile.TemporaryFile("w+") as output:  # a pipe would stay open with the server
            ended = subprocess.run(
                [self.programs / program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                env=os.environ | {"PGPASSWORD": self.primary.get("password") or ""},
                **as_user,
            )
            output.seek(0)
            if ended.returncode != 0:
                pytest.fail(f"{program} ended with {ended.returncode}:\n{output.read()}")
