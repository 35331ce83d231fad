"""dbt over the store, with a login for BI: the sources' tests pass, and the incremental model takes each event once.

dbt wants older libraries than the tests do, so that it gets an environment of its own."""

import os
import shutil
import subprocess
import sys

import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.documentation.manual_pages import ROOT, blocks

pytestmark = pytest.mark.needs_ecosystem

EVENTS = "SELECT count(*), count(DISTINCT position), max(position) FROM bi.order_events"
LANTERN = """SELECT place_order(2, '[{"product_id": 2, "quantity": 1}]')"""


@pytest.fixture(scope="module")
def dbt(tmp_path_factory):
    directory = tmp_path_factory.mktemp("dbt")
    subprocess.run([sys.executable, "-m", "venv", directory], check=True)
    subprocess.run(
        [directory / "bin" / "pip", "install", "-q", "dbt-core>=1.11,<1.12", "dbt-postgres>=1.10,<2"], check=True
    )
    return directory / "bin" / "dbt"


@pytest.fixture
def build(dbt, dsn, seeded_store, superuser, tmp_path):
    """Run `dbt build`; return its exit code and what it printed."""
    [login] = [block.text for block in blocks("docs/bi.md", "sql") if block.section == "A login for BI"]
    superuser.execute(login)
    superuser.execute("ALTER ROLE bi PASSWORD 'bi'")
    superuser.commit()
    project = shutil.copytree(ROOT / "examples" / "dbt", tmp_path / "dbt")
    given = conninfo_to_dict(dsn)
    server = {
        "PGHOST": given["host"],
        "PGPORT": given["port"],
        "PGDATABASE": given["dbname"],
        "PGUSER": "bi",
        "PGPASSWORD": "bi",
    }

    def build():
        command = [dbt, "--no-use-colors", "build", "--project-dir", project, "--profiles-dir", project]
        ended = subprocess.run(
            command,
            cwd=tmp_path,
            env=os.environ | {name: str(value) for name, value in server.items()},
            text=True,
            capture_output=True,
            check=False,
        )
        return ended.returncode, ended.stdout + ended.stderr

    yield build
    superuser.rollback()
    superuser.execute("DROP OWNED BY bi; DROP ROLE bi")
    superuser.commit()


def test_the_model_takes_each_event_once(build, seeded_store, superuser):
    code, told = build()
    assert code == 0, told
    (before,) = seeded_store.execute("SELECT count(*) FROM order_audit").fetchone()
    assert superuser.execute(EVENTS).fetchone() == (before, before, before)
    seeded_store.execute(LANTERN)
    code, told = build()
    assert code == 0, told
    assert superuser.execute(EVENTS).fetchone() == (before + 1,) * 3
    query = "SELECT acknowledged_position FROM order_event_consumers WHERE consumer = 'dbt'"
    assert seeded_store.execute(query).fetchone() == (before + 1,)


def test_a_report_that_does_not_hold_is_told(build, seeded_store):
    seeded_store.execute("""
        ALTER VIEW monthly_revenue RENAME TO honest;
        CREATE VIEW monthly_revenue AS
        SELECT month, total_orders, revenue, credits, net_revenue + 1 AS net_revenue, growth_pct FROM honest;
        GRANT SELECT ON monthly_revenue TO shop_analyst""")
    code, told = build()
    assert code == 1 and "net_revenue_is_revenue_less_credits" in told
