"""run_maintenance() every minute, by cron and by pg_cron, as a login that may do nothing else."""

import json
from pathlib import Path

import psycopg
import pytest

from tests.operations.manual import blocks
from tests.operations.servers import DrillServer, eventually
from tests.templates import run_deploy

SECTION = "Schedule the upkeep"
DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
EXPIRED = """
    SELECT place_order(2, '[{"product_id": 5, "quantity": 1}]', 'late');
    UPDATE orders SET expires_at = now() - INTERVAL '1 second' WHERE idempotency_key = 'late'
"""
STATUS = "SELECT status FROM orders WHERE idempotency_key = 'late'"


def test_cron(start_with_demo, directory):
    """The crontab's line, run by its shell, does the upkeep and keeps the head."""
    server = start_with_demo("scheduled")
    with server.connect() as owner:
        make_scheduler(server)
        owner.execute(EXPIRED)
        due = owner.execute("SELECT count(*)::TEXT FROM orders WHERE status = 'pending' AND expires_at < now()")
        [overdue] = due.fetchone()
        [line] = blocks(SECTION, "text")
        minute, hour, day, month, weekday, command = line.strip().split(maxsplit=5)
        assert (minute, hour, day, month, weekday) == ("*",) * 5
        assert "%" not in command, "cron takes it for the end of the line"
        journal = directory / "maintenance.log"
        command = command.replace("/var/log/shop-maintenance.log", str(journal))
        for _ in range(int(overdue)):  # on a slow machine one order a minute, and no fewer
            server.run_as_operator(command, PGUSER="shop_scheduler")
        assert owner.execute(STATUS).fetchone() == ("cancelled",)
        minutes = [json.loads(line) for line in journal.read_text().splitlines()]
        assert sum(minute["expired"] for minute in minutes) == int(overdue) >= 1
        assert owner.execute("SELECT * FROM verify_audit(%s)", [minutes[-1]["sealed"]]).fetchall() == []
    assert_may_do_nothing_else(server)


@pytest.mark.needs_extensions  # Debian's postgresql-15-cron
def test_pg_cron(start_for_pg_cron):
    """Within the minute the job has run, as the scheduler, in the store's database."""
    server = start_for_pg_cron
    make_scheduler(server)
    server.psql(blocks(SECTION, "sql")[1], "postgres")
    with server.connect() as owner, server.connect("postgres") as superuser:
        owner.execute(EXPIRED)
        ran = "SELECT username, status FROM cron.job_run_details WHERE database = 'shop'"
        eventually(lambda: ("shop_scheduler", "succeeded") in superuser.execute(ran).fetchall(), seconds=150)
        assert owner.execute(STATUS).fetchone() == ("cancelled",)
        assert owner.execute("SELECT snapshot IS NOT NULL FROM watermarks WHERE name = 'daily_sales'").fetchone() == (
            True,
        )
        assert owner.execute("SELECT count(*) > 0 FROM audit_seals").fetchone() == (True,)
        # The other job, which a test cannot wait for, clears away the runs of the week before.
        superuser.execute("UPDATE cron.job_run_details SET end_time = end_time - INTERVAL '8 days'")
        [clear] = superuser.execute("SELECT command FROM cron.job WHERE database = 'postgres'").fetchone()
        assert superuser.execute(clear).rowcount >= 1
    assert_may_do_nothing_else(server)


@pytest.fixture
def start_for_pg_cron(directory):
    """Debian's PostgreSQL 15 with the page's settings for pg_cron, and the demo store in `shop`."""
    settings = dict(line.split(" = ") for line in blocks(SECTION, "ini")[0].strip().splitlines())
    settings = {name: value.strip("'") for name, value in settings.items()}
    server = DrillServer(directory / "cron", DEBIAN_15, **settings)
    server.start()
    try:
        server.create_database("shop")
        run_deploy("--dsn", server.dsn("shop"), "--demo")
        yield server
    finally:
        server.stop()


def make_scheduler(server):
    """The login, as the DBA makes it."""
    server.psql(blocks(SECTION, "sql")[0])


def assert_may_do_nothing_else(server):
    """It reads no table, and calls nothing but what it was granted."""
    with server.connect(user="shop_scheduler") as scheduler:
        scheduler.execute("SELECT run_maintenance(), seal_audit()")
        for statement in [
            "TABLE orders", "TABLE daily_sales", "SELECT refresh_reports()", "SELECT expire_unpaid_orders()",
        ]:  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                scheduler.execute(statement)
