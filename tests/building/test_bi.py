"""docs/bi.md: what its logins see, and what pg_read_all_data does not; the dashboards' SQL runs, their metrics exist."""

import json
import re
import subprocess
import sys

import psycopg
import pytest
import yaml

from tests.documentation.manual_pages import ROOT, blocks

LOGINS = {block.section: block.text for block in blocks("docs/bi.md", "sql")}
DASHBOARDS = {path.stem: json.loads(path.read_text()) for path in sorted((ROOT / "docs" / "grafana").glob("*.json"))}
PANELS = [(name, panel) for name, dashboard in DASHBOARDS.items() for panel in dashboard["panels"]]
COUNT = "SELECT count(*) FROM store.orders"


@pytest.fixture
def as_role(superuser):
    """Make a page's login, and be it until the test ends."""

    def as_role(statements, role):
        superuser.execute(statements)
        superuser.execute("SET LOCAL search_path = public")  # as PostgreSQL has it for whom nobody has set another
        settings = superuser.execute("SELECT unnest(rolconfig) FROM pg_roles WHERE rolname = %s", [role]).fetchall()
        for (setting,) in settings:
            superuser.execute("SELECT set_config(%s, %s, true)", setting.split("=", 1))
        superuser.execute(f"SET LOCAL ROLE {role}")
        return superuser

    with superuser.transaction(force_rollback=True):
        yield as_role


def test_a_login_for_bi_reads_reports_and_the_feed_and_nobody(as_role):
    bi = as_role(LOGINS["A login for BI"], "bi")
    assert bi.execute("SELECT count(*) > 0 FROM monthly_revenue").fetchone() == (True,)
    assert bi.execute("SELECT count(*) > 0 FROM read_order_events('bi')").fetchone() == (True,)
    bi.execute("CREATE TABLE bi.kept AS SELECT * FROM daily_sales")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        bi.execute("SELECT email FROM customers")


def test_pg_read_all_data_sees_no_order(as_role):
    reader = as_role("CREATE ROLE reader LOGIN IN ROLE pg_read_all_data", "reader")
    assert reader.execute(COUNT).fetchone() == (0,)
    assert reader.execute("SELECT count(*) FROM store.customers").fetchone() == (0,)
    reader.execute("SET LOCAL row_security = off")  # as pg_dump does
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader.execute(COUNT)


def test_a_login_for_backup_sees_every_row(as_role, seeded_store):
    every = seeded_store.execute(COUNT).fetchone()
    backup = as_role(LOGINS["A login for backup"], "backup")
    backup.execute("SET LOCAL row_security = off")
    assert backup.execute(COUNT).fetchone() == every and every > (0,)
    assert backup.execute("SELECT count(*) FROM store.signing_keys").fetchone() is not None


@pytest.mark.parametrize("panel", [panel for name, panel in PANELS if name == "shop"], ids=lambda panel: panel["title"])
def test_a_panel_of_the_shop_runs_and_shows_something(panel, as_role):
    """As the data source does: the macro is a range, here of the demo's year."""
    bi = as_role(LOGINS["A login for BI"], "bi")
    [target] = panel["targets"]
    query = re.sub(r"\$__timeFilter\(([^()]+)\)", r"\1 BETWEEN '2025-01-01' AND '2026-01-01'", target["rawSql"])
    assert "$" not in query
    bi.execute("SELECT set_config('app.report_now', '2025-12-15 12:00+00', true)")
    rows = bi.execute(query)
    names = [column.name for column in rows.description]
    assert rows.fetchall() != []
    assert len(names) == len(set(names))
    assert target["format"] == "table" or names[0] == "time"


def metrics():
    """Every metric the exporter has, by the names it gives them, and the labels they come with."""
    for name, asked in yaml.safe_load((ROOT / "docs" / "postgres_exporter.yaml").read_text()).items():
        columns = {column: how["usage"] for given in asked["metrics"] for column, how in given.items()}
        labels = {column for column, usage in columns.items() if usage == "LABEL"}
        yield from ((f"{name}_{column}", labels) for column in columns.keys() - labels)


@pytest.mark.parametrize(
    "panel", [panel for name, panel in PANELS if name == "database"], ids=lambda panel: panel["title"]
)
def test_a_panel_of_the_database_asks_for_what_the_exporter_has(panel):
    known = dict(metrics())
    [target] = panel["targets"]
    asked = re.findall(r"\bstore_\w+", target["expr"])
    assert asked and [name for name in asked if name not in known] == []
    assert set(re.findall(r"{{(\w+)}}", target["legendFormat"])) <= set.union(*(known[name] for name in asked))


@pytest.mark.parametrize("name", DASHBOARDS)
def test_a_dashboard_is_one_that_grafana_imports(name):
    """By its schema's rules: keys of its own, panels beside each other on a grid of 24, the data source chosen at import."""
    dashboard = DASHBOARDS[name]
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels) and dashboard["schemaVersion"] >= 36
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells)) and max(x for x, _ in cells) == 23
    [variable] = dashboard["templating"]["list"]
    for panel in panels:
        assert panel["type"] in ("stat", "table", "timeseries") and panel["title"]
        for source in [panel["datasource"], *(target["datasource"] for target in panel["targets"])]:
            assert source == {"type": variable["query"], "uid": f"${{{variable['name']}}}"}


def test_dbts_sql_reads_as_the_rest():
    command = [
        sys.executable,
        "-m",
        "sqlfluff",
        "lint",
        "--templater",
        "jinja",
        "--disregard-sqlfluffignores",
        "examples/dbt",
    ]
    ended = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=False)
    assert ended.returncode == 0, ended.stdout
