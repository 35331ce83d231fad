"""Object-relational mappers read the schema as it is: every table of the application, its keys and references, and the
way from a customer to a refund, without a warning and without a guess. What they do not know is in docs/schema.md."""

import os
import re
import subprocess
import sys

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from docs.schema.areas import AREAS
from docs.schema.generate import PAGE

pytestmark = pytest.mark.needs_ecosystem

*APPLICATION, _, _, _ = AREAS  # without audit, stored sums, and the store's own machinery
TABLES = sorted(table for area in APPLICATION for table in area.tables)
# Types of PostgreSQL that mappers lack; none holds what an application would read.
UNTYPED = {"xid8", "pg_snapshot"}
DJANGO_GUESSES = """
    SELECT attname::TEXT
    FROM pg_attribute JOIN pg_type ON pg_attribute.atttypid = pg_type.oid
    WHERE
        attrelid = ANY (%s::REGCLASS[]) AND attnum > 0
        AND typname IN ('amount', 'share', 'option_names', 'numeric', 'tsvector', 'xid8')"""
REFUNDED = "SELECT sum(amount) FROM payments WHERE kind = 'refund'"

# Two references of what left, came back or was invoiced share its order, so that both mean the same one: right, and worth a warning to
# SQLAlchemy, which would not know which to follow in writing.
SHARED_ORDER = (
    "relationship .* will copy column .*(order_id|line_no) to column (shipment_items|returns|credits|documents)."
)
# A customer has addresses, and one of them by default: right, and no order to create the two tables in.
TWO_WAYS = 'ignore:Cannot correctly sort tables; there are unresolvable cycles between tables "addresses, customers"'
# What SQLAlchemy 2.1 has to say of its own type for domains.
OF_ITSELF = ".*DOMAIN.* does not refer to an OperatorClass"
READ_MODELS = f"""
import warnings
warnings.filterwarnings("ignore", {SHARED_ORDER!r})
warnings.filterwarnings("ignore", {OF_ITSELF!r})
import models
from sqlalchemy.orm import configure_mappers
configure_mappers()
"""

DJANGO = """
import os, sys, django
from django.conf import settings
from django.core.management import call_command

server = dict(NAME="PGDATABASE", USER="PGUSER", PASSWORD="PGPASSWORD", HOST="PGHOST", PORT="PGPORT")
settings.configure(
    DATABASES={"default": {
        "ENGINE": "django.db.backends.postgresql",
        "OPTIONS": {"options": "-csearch_path=store"},
        **{name: os.environ[variable] for name, variable in server.items()},
    }},
    INSTALLED_APPS=sys.argv[1].split(",") if sys.argv[1] else [],
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
)
django.setup()
"""
# As docs/schema.md says: no relation of Django's may have two columns.
MENDED_BY_HAND = [
    (r"customer = models.OneToOneField\('?Addresses\b.*", "customer_id = models.AutoField(primary_key=True)"),
    (r"(class Credits.*\n.*\n    )order = .*", r"\1order = models.ForeignKey('Orders', models.DO_NOTHING)"),
    (r"(order|shipment) = models.ForeignKey\('?(OrderItems|ShipmentItems)\b.*", r"\1_id = models.IntegerField()"),
]
INSPECT = DJANGO + "call_command('inspectdb', *sys.argv[2:])"
SUM_REFUNDS = (
    DJANGO
    + """
from django.db.models import Sum
from shop.models import Customers

call_command("check", "--fail-level", "WARNING")
print(Customers.objects.filter(orders__payments__kind="refund").aggregate(Sum("orders__payments__amount"))
      ["orders__payments__amount__sum"])
"""
)


@pytest.fixture
def engine(dsn, seeded_store):
    from sqlalchemy import create_engine  # where these tests are left out it need not be installed

    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(dsn))
    yield engine
    engine.dispose()


@pytest.fixture
def run_python(dsn, seeded_store, tmp_path):
    """Run Python in a directory of its own, with the seeded store's server in its environment."""
    variables = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    server = {variables[key]: str(value) for key, value in conninfo_to_dict(dsn).items() if key in variables}

    def run_python(*arguments):
        ended = subprocess.run(
            [sys.executable, "-W", "error", *arguments],
            cwd=tmp_path,
            env=os.environ | server,
            text=True,
            capture_output=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    return run_python


@pytest.mark.filterwarnings(f"ignore:{SHARED_ORDER}", f"ignore:{OF_ITSELF}")
def test_automap_finds_every_table_and_the_way_from_a_customer_to_a_refund(engine, seeded_store, monkeypatch):
    """Taught the types it lacks, as docs/schema.md shows, it reads the whole schema without a warning."""
    from sqlalchemy import TEXT
    from sqlalchemy.dialects.postgresql.base import ischema_names
    from sqlalchemy.ext.automap import automap_base
    from sqlalchemy.orm import Session

    for name in UNTYPED:
        monkeypatch.setitem(ischema_names, name, TEXT)
    base = automap_base()
    base.prepare(autoload_with=engine)
    assert set(TABLES) <= set(base.classes.keys())
    with Session(engine) as session:
        refunded = sum(
            payment.amount
            for customer in session.query(base.classes.customers)
            for order in customer.orders_collection
            for payment in order.payments_collection
            if payment.kind == "refund"
        )
    assert (refunded,) == seeded_store.execute(REFUNDED).fetchone()


def test_the_types_that_are_not_known_are_those_the_page_names(engine):
    from sqlalchemy import MetaData
    from sqlalchemy.exc import SAWarning

    with pytest.warns(SAWarning) as warned:
        MetaData().reflect(engine)
    told = "".join(str(warning.message) for warning in warned)
    assert set(re.findall(r"Did not recognize type '(\w+)'", told)) == UNTYPED
    assert [name for name in UNTYPED if f"`{name}`" not in PAGE.read_text()] == []


def test_sqlacodegen_writes_classes_that_work(engine, run_python, dsn, tmp_path):
    from sqlalchemy import URL

    server = conninfo_to_dict(dsn)
    url = URL.create(
        "postgresql+psycopg",
        server["user"],
        server["password"],
        database=server["dbname"],
        query={"host": server["host"], "port": server["port"], "options": "-csearch_path=store"},
    ).render_as_string(hide_password=False)
    tables = [table for table in TABLES if table != "price_history"]  # it has a transaction's number
    run_python(
        "-W",
        TWO_WAYS,
        "-W",
        "ignore::DeprecationWarning",
        "-m",
        "sqlacodegen",
        "--tables",
        ",".join(tables),
        "--outfile",
        "models.py",
        url,
    )
    classes = (tmp_path / "models.py").read_text()
    assert [table for table in tables if f"__tablename__ = '{table}'" not in classes] == []
    assert "NullType" not in classes
    mended = re.sub(r"DOMAIN\('\w+', (\w+\((?:[^()]|\([^()]*\))*\)).*?metadata=MetaData\(\)\)", r"\1", classes)
    (tmp_path / "models.py").write_text(mended)
    run_python("-c", READ_MODELS)


def test_inspectdb_writes_models_that_work(run_python, seeded_store, tmp_path):
    models = run_python("-c", INSPECT, "", *TABLES)
    assert [table for table in TABLES if f"db_table = '{table}'" not in models] == []
    guessed = [line.split()[0] for line in models.splitlines() if "guess" in line or "Unable" in line]
    assert sorted(guessed) == sorted(name for (name,) in seeded_store.execute(DJANGO_GUESSES, [TABLES]))
    for guess, right in MENDED_BY_HAND:
        models, mended = re.subn(guess, right, models)
        assert mended
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "models.py").write_text(models)
    printed = run_python("-c", SUM_REFUNDS, "shop").splitlines()[-1]
    assert printed == str(seeded_store.execute(REFUNDED).fetchone()[0])
