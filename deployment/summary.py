"""What stands in the store after a deploy, how to get to it, and what was deployed when."""

from __future__ import annotations

import shlex

from psycopg import Connection, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from deployment.ledger import read_ledger
from deployment.report import DeployError, Report, table

QUERY_TO_TRY = """SELECT month, total_orders, revenue, credits, net_revenue, growth_pct
FROM monthly_revenue ORDER BY month"""


def show_store(
    connection: Connection, schema: str, role: str | None, report: Report, with_answer: bool
) -> None:
    """What stands there now, how to get to it, and a query to begin with, or its answer too."""
    look_at(connection, schema, role)
    tables, views, functions, orders, revenue = connection.execute(
        """SELECT
            count(*) FILTER (WHERE relkind IN ('r', 'p') AND NOT relispartition),
            count(*) FILTER (WHERE relkind IN ('v', 'm')),
            (SELECT count(*) FROM pg_proc WHERE pronamespace = current_schema()::REGNAMESPACE),
            to_regclass('orders'),
            to_regclass('monthly_revenue')
        FROM pg_class WHERE relnamespace = current_schema()::REGNAMESPACE"""
    ).fetchone()
    holds = [f"{tables} tables", f"{views} views", f"{functions} functions"]
    if orders:
        holds.append(
            "{:,} orders".format(*connection.execute("SELECT count(*) FROM orders").fetchone())
        )
    report.say(f"Schema {schema} holds {', '.join(holds)}.")
    report.say(f"Connect with\n    {report.psql} {shlex.quote(address(report.dsn, schema))}")
    if revenue:
        report.say(f"and ask\n    {QUERY_TO_TRY.replace(chr(10), chr(10) + '    ')};")
        if with_answer:
            answer = connection.execute(QUERY_TO_TRY)
            report.say("\n" + table([column.name for column in answer.description], answer))
    connection.execute("COMMIT")


def look_at(connection: Connection, schema: str, role: str | None = None) -> None:
    """Open a transaction that can change nothing."""
    connection.execute("BEGIN READ ONLY")
    path = sql.SQL("SET LOCAL search_path = {}, pg_temp")
    connection.execute(path.format(sql.Identifier(schema)))
    if role:
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))


def address(given: str, schema: str) -> str:
    """The connection string that was given, less its password, with the store on the search
    path.
    """
    settings = {"options": f"-csearch_path={schema}"} | conninfo_to_dict(given)
    settings.pop("password", None)
    return make_conninfo(**settings)


def show_status(connection: Connection, schema: str, role: str | None, report: Report) -> None:
    """The ledger: each file, and the last deploys."""
    look_at(connection, schema, role)
    if not read_ledger(connection).exists:
        raise DeployError(f"no store was deployed in schema {schema}")
    files = connection.execute(
        """SELECT directory, file, to_char(applied_at, 'YYYY-MM-DD HH24:MI:SS') AS applied_utc,
        applied_by, round(extract(EPOCH FROM duration) * 1000, 1) AS ms, sha256 FROM
        deployed_files ORDER BY directory, file
        """
    ).fetchall()
    deploys = connection.execute(
        """SELECT
            to_char(performed_at, 'YYYY-MM-DD HH24:MI:SS') AS utc, action, performed_by,
            cardinality(files) AS files, round(extract(EPOCH FROM duration) * 1000) AS ms
        FROM deploy_log ORDER BY deploy_id DESC LIMIT 10"""
    ).fetchall()
    connection.execute("COMMIT")
    report.applied_before(files)
    shown = [(*columns, sha256[:12]) for *columns, sha256 in files]
    report.say(table(["directory", "file", "applied (UTC)", "by", "ms", "sha256"], shown))
    report.say("\nThe last deploys:")
    report.say(table(["at (UTC)", "what", "by", "files", "ms"], deploys))
    report.finish("deployed")
