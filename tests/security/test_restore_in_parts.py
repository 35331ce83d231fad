"""A store restored in parts, its schema first and its rows later: reports stand on neither's being there."""

import subprocess

from embedded_server import EmbeddedServer
from tests.security.sales_traffic import DIFFERENCES

REPORTS = ["daily_sales", "monthly_revenue", "product_rankings", "category_revenue", "sales_by_hour", "order_funnel"]
EVERY_VIEW = """
    SELECT relname FROM pg_class
    WHERE relkind IN ('v', 'm') AND relnamespace = 'store'::REGNAMESPACE
"""


def copy_part(part, source, target):
    """`--schema-only` or `--data-only`, as the superuser; what an older server has not, it may refuse."""
    dump = [EmbeddedServer.bin / "pg_dump", part, "--disable-triggers", "--schema=store", source.dsn(None)]
    if part == "--schema-only":
        dump.remove("--disable-triggers")
    script = subprocess.run(dump, check=True, capture_output=True).stdout
    psql = [EmbeddedServer.bin / "psql", "-qX", "-o", "/dev/null", target.dsn(None, search_path="public")]
    subprocess.run(psql, input=script, check=True, capture_output=True)


def test_reports_are_refreshed_before_there_is_a_row_and_after(seeded_store, database, empty_database):
    seeded_store.execute("SELECT refresh_reports()")
    copy_part("--schema-only", database, empty_database)
    with empty_database.connect() as owner:
        owner.execute("SELECT refresh_reports()")
        assert owner.execute("SELECT * FROM daily_sales").fetchall() == []
        assert owner.execute("SELECT * FROM integrity_violations").fetchall() == []
        for (view,) in owner.execute(EVERY_VIEW).fetchall():
            owner.execute(f"SELECT * FROM {view}")
        assert owner.execute("SELECT run_maintenance() -> 'failed'").fetchone() == ([],)
    copy_part("--data-only", database, empty_database)
    with empty_database.connect() as owner:
        for _ in range(2):
            for report in REPORTS:
                rows = f"SELECT array_agg(r::TEXT ORDER BY r::TEXT) FROM {report} AS r"
                assert owner.execute(rows).fetchone() == seeded_store.execute(rows).fetchone()
            owner.execute("SELECT refresh_reports()")
            assert owner.execute(DIFFERENCES).fetchall() == []
            assert owner.execute("SELECT * FROM integrity_violations").fetchall() == []
