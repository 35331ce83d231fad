"""A DBA's event trigger runs on whatever a deploy makes. It is named where it stands in the way, and where
it may have changed what was made.
"""

import pytest

from tests.deploy.made_up_tree import deployed

OPEN_ORDERS = "04_views/010_open_orders.sql"
CHANGED = "CREATE OR REPLACE VIEW open_orders AS\nSELECT order_id, total FROM orders WHERE total > 1;\n"
APPROVE = """
FOR made IN SELECT * FROM pg_event_trigger_ddl_commands() LOOP
    EXECUTE format('COMMENT ON VIEW %s IS ''Approved.''', made.object_identity);
END LOOP;
"""


@pytest.fixture
def event_trigger(superuser):
    """Makes one that does this on such commands, with the DBA's rights."""

    def make(does: str, when: str = "ddl_command_end", tag: str = "CREATE VIEW") -> None:
        superuser.execute(
            "CREATE FUNCTION public.note() RETURNS EVENT_TRIGGER LANGUAGE plpgsql SECURITY DEFINER AS"
            f" $$ DECLARE made RECORD; BEGIN {does} END $$; CREATE EVENT TRIGGER note_it ON {when}"
            f" WHEN TAG IN ('{tag}') EXECUTE FUNCTION public.note()"
        )

    return make


@deployed
def test_one_that_makes_something_elsewhere(tree, event_trigger):
    """Is named, not the file: no file has done it."""
    tree.write(OPEN_ORDERS, CHANGED)
    event_trigger("CREATE TABLE IF NOT EXISTS public.noted (x INT);")
    outcome = tree.deploy()
    assert outcome.exit_code == 1
    assert outcome.err.splitlines()[-2] == "ERROR: the event trigger note_it made public.noted, outside schema store"


@deployed
def test_one_that_refuses(tree, event_trigger):
    """Is named with its own words, at the statement it refused, and how to go on."""
    tree.write(OPEN_ORDERS, "-- Changed.\n" + CHANGED)
    event_trigger("RAISE EXCEPTION 'no change before Monday';", "ddl_command_start")
    outcome = tree.deploy()
    assert outcome.exit_code == 1
    said = "ERROR P0001: the event trigger note_it ended it: no change before Monday"
    assert f"sql/{OPEN_ORDERS}:2: {said}" in outcome.err
    assert "HINT: Have a superuser run: ALTER EVENT TRIGGER note_it DISABLE;" in outcome.err
    assert outcome.err.endswith("Rolled back: nothing has changed.\n")


def test_its_own_hint_stands(tree, event_trigger):
    event_trigger("RAISE EXCEPTION 'no' USING HINT = 'Ask Ann.';", "ddl_command_start")
    assert "HINT: Ask Ann." in tree.deploy().err


def test_one_that_takes_what_is_made(tree, event_trigger):
    """What fails is the next statement, with an error that says nothing of it."""
    event_trigger("ALTER TABLE IF EXISTS store.orders OWNER TO postgres;", tag="CREATE TABLE")
    outcome = tree.deploy()
    assert outcome.exit_code == 1
    assert "ERROR 42501: permission denied for table orders" in outcome.err
    assert "HINT: What is made here also runs note_it, which may have changed it." in outcome.err


def test_verify_lists_those_that_run(tree, superuser, event_trigger):
    """A fresh store to compare with is changed as well, so that it finds no difference."""
    event_trigger(APPROVE)
    tree.deployed()
    unmanaged = tree.deployed("--verify", "--json").json["unmanaged"]
    what = "runs on what is deployed, and on the fresh store it is compared with"
    assert {"object": "event trigger note_it", "what": what} in unmanaged
    superuser.execute("ALTER EVENT TRIGGER note_it DISABLE")
    told = tree.deploy("--verify", "--json").json
    assert [(one["object"], one["what"]) for one in told["drift"]] == [
        ("view open_orders", "comment"), ("view order_count", "comment"),
    ]  # fmt: skip
    assert "event trigger note_it" not in {one["object"] for one in told["unmanaged"]}
