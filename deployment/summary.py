"""What stands in the store after a deploy, how to get to it, and what was deployed when."""

import shlex

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from deployment.errors import DeployError
from deployment.ledger import read_ledger
from deployment.report import Report, table
from deployment.server import SECRETS
from deployment.store import Store

QUERY_TO_TRY = """SELECT month, total_orders, revenue, credits, net_revenue, growth_pct
FROM monthly_revenue ORDER BY month"""


def show_store(store: Store, report: Report, with_answer: bool) -> None:
    """What stands there now, how to get to it, and a query to begin with, or its answer too."""
    store.begin("READ ONLY")
    store.act_as_owner()
    tables, views, functions, orders, revenue = store.one(
        """SELECT
            count(*) FILTER (WHERE relkind IN ('r', 'p') AND NOT relispartition),
            count(*) FILTER (WHERE relkind IN ('v', 'm')),
            (SELECT count(*) FROM pg_proc WHERE pronamespace = to_regnamespace(%(schema)s)),
            to_regclass(%(schema)s || '.orders'),
            to_regclass(%(schema)s || '.monthly_revenue')
        FROM pg_class WHERE relnamespace = to_regnamespace(%(schema)s)""",
        {"schema": store.schema},
    )
    holds = [f"{tables} tables", f"{views} views", f"{functions} functions"]
    holds += [f"{store.one(f'SELECT count(*) FROM {store.schema}.orders')[0]:,} orders"] if orders else []
    report.say(f"Schema {store.schema} holds {', '.join(holds)}.")
    report.say(f"Connect with\n    {report.psql} {shlex.quote(address(report.dsn, store.schema))}")
    if revenue:
        report.say(f"and ask\n    {QUERY_TO_TRY.replace(chr(10), chr(10) + '    ')};")
        if with_answer:
            answer = store.run(QUERY_TO_TRY)
            report.say("\n" + table([column.name for column in answer.description or ()], answer))
    store.roll_back()


def address(given: str, schema: str) -> str:
    """The connection string that was given, less its passwords, with the store on the search path."""
    told = conninfo_to_dict(given)
    settings = told | {"options": f"{told.get('options', '')} -csearch_path={schema}".strip()}
    return make_conninfo("", **{name: value for name, value in settings.items() if name not in SECRETS})


def show_status(store: Store, report: Report) -> None:
    """The ledger: each file, and the last deploys."""
    store.begin("READ ONLY")
    store.act_as_owner()
    if not read_ledger(store).exists:
        raise DeployError(f"no store was deployed in schema {store.schema}")
    files = store.ask(
        f"""SELECT directory, file, to_char(applied_at, 'YYYY-MM-DD HH24:MI:SS') AS applied_utc,
        applied_by, round(extract(EPOCH FROM duration) * 1000, 1) AS ms, sha256
        FROM {store.schema}.deployed_files ORDER BY directory, file"""
    ).fetchall()
    deploys = store.ask(
        f"""SELECT
            to_char(performed_at, 'YYYY-MM-DD HH24:MI:SS') AS utc, action, performed_by,
            cardinality(files) AS files, round(extract(EPOCH FROM duration) * 1000) AS ms
        FROM {store.schema}.deploy_log ORDER BY deploy_id DESC LIMIT 10"""
    ).fetchall()
    store.roll_back()
    for directory, file, at, _, ms, sha256 in files:
        report.add(directory, file, "keep", f"applied {at}", sha256, float(ms))
    shown = [(*columns, sha256[:12]) for *columns, sha256 in files]
    report.say(table(["directory", "file", "applied (UTC)", "by", "ms", "sha256"], shown))
    report.say("\nThe last deploys:")
    report.say(table(["at (UTC)", "what", "by", "files", "ms"], deploys))
    report.finish("deployed")
