"""SQLAlchemy and Django order as docs/build-on-it.md shows: its own code, a shopper's login, a signed token."""

import json
import os
import subprocess
import sys

import psycopg
import pytest

from tests.documentation.manual_pages import blocks
from tests.ecosystem.conftest import JO

pytestmark = pytest.mark.needs_ecosystem

CODE = {block.section: block.text for block in blocks("docs/build-on-it.md", "python")}
LANTERN, TOO_MANY = '[{"product_id": 2, "quantity": 1}]', '[{"product_id": 2, "quantity": 10000}]'
DJANGO = (
    """
import json, os, sys, django
from django.conf import settings
settings.configure(DATABASES={"default": {
    "ENGINE": "django.db.backends.postgresql", "NAME": os.environ["NAME"], "USER": os.environ["LOGIN"],
    "PASSWORD": os.environ["PASSWORD"], "HOST": os.environ["HOST"], "PORT": os.environ["PORT"],
    "OPTIONS": {"options": "-csearch_path=store,pg_temp"}}})
django.setup()
"""
    + CODE["Django"]
    + """
token, expired, lantern, too_many = sys.argv[1:]
with asking_as(token) as cursor:
    cursor.execute("SELECT DISTINCT customer_id FROM orders")
    seen = cursor.fetchall()
with connection.cursor() as cursor:
    cursor.execute("SELECT count(*) FROM orders")  # the token ended with its transaction
    after = cursor.fetchone()[0]
print(json.dumps([place(token, 2, lantern, "k"), place(token, 2, lantern, "k"), place(token, 2, too_many, "l")[0],
    place(token, 3, lantern, "m")[0], place(expired, 2, lantern, "n")[0], seen, after]))
"""
)


@pytest.fixture
def in_sqlalchemy():
    from sqlalchemy import event  # where these tests are left out it need not be installed
    from sqlalchemy.orm import Session

    names = {}
    exec(compile(CODE["SQLAlchemy"], "docs/build-on-it.md", "exec"), names)
    yield names
    event.remove(Session, "after_begin", names["say_who_asks"])


def test_sqlalchemy(in_sqlalchemy, settings, token_of, seeded_store):
    from sqlalchemy import create_engine, text
    from sqlalchemy.orm import Session

    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(settings.logins["shopper"]))
    place = in_sqlalchemy["place"]
    order_id = place(engine, token_of(JO), JO, LANTERN, "k")
    assert place(engine, token_of(JO), JO, LANTERN, "k") == order_id
    code, detail = place(engine, token_of(JO), JO, TOO_MANY, "l")
    assert (code, json.loads(detail)["items"][0]["product_id"]) == ("ST001", 2)
    assert place(engine, token_of(JO), 3, LANTERN, "m")[0] == "42501"
    assert place(engine, token_of(JO, lifetime=-1), JO, LANTERN, "n")[0] == "28000"
    with Session(engine, info={"token": token_of(JO)}) as session:
        assert session.scalars(text("SELECT DISTINCT customer_id FROM orders")).all() == [JO]
    with Session(engine) as session:  # the same connection, and nobody's
        assert session.scalars(text("SELECT order_id FROM orders")).all() == []
    engine.dispose()


def test_django(shopper, token_of):
    server = {
        "NAME": shopper["dbname"],
        "LOGIN": shopper["user"],
        "PASSWORD": shopper["password"],
        "HOST": shopper["host"],
        "PORT": shopper["port"],
    }
    arguments = [token_of(JO), token_of(JO, lifetime=-1), LANTERN, TOO_MANY]
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", DJANGO, *arguments],
        env=os.environ | {k: str(v) for k, v in server.items()},
        text=True,
        capture_output=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    first, second, *rest = json.loads(ended.stdout)
    assert first == second and rest == ["ST001", "42501", "28000", [[JO]], 0]
