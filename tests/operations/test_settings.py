"""The settings the page recommends are accepted, and what it says of them holds."""

import re

from tests.operations.manual import blocks


def test_the_settings_are_accepted(start_with_demo):
    """On a primary, on a standby for reports, for a login; and a table's own are drift."""
    settings = {}
    for heading in ["Settings worth having", "Read reports elsewhere"]:
        settings |= dict(re.findall(r"^(\w+) = '?([^'\s]+)'?", blocks(heading, "ini")[0], re.M))
    assert len(settings) == 10
    server = start_with_demo("settings", **settings)
    with server.connect() as superuser:
        for name, value in settings.items():
            [shown] = superuser.execute(f"SHOW {name}").fetchone()
            assert shown in (value, "pglz" if name == "wal_compression" else value)
        superuser.execute("CREATE ROLE web LOGIN")
        server.psql(blocks("Settings worth having", "sql")[0])
        with server.connect(user="web") as shopper:
            assert shopper.execute("SHOW statement_timeout").fetchone() == ("5s",)
        [deadlock_timeout] = superuser.execute("SHOW deadlock_timeout").fetchone()
        assert deadlock_timeout == "1s" and "(300ms)" in server.run_as_operator("python deploy.py --help")
        superuser.execute("ALTER TABLE orders SET (autovacuum_vacuum_scale_factor = 0.01)")
    verified = server.run_as_operator("python deploy.py --verify || [ $? = 3 ]")
    assert "orders" in verified and "autovacuum_vacuum_scale_factor" in verified
