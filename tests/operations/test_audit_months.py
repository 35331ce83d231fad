"""An old month of the audit log goes as the page says, and the trail still verifies."""

from tests.operations.manual import blocks
from tests.security.trail import seal

SECTION = "Let go of old audit months"
OLD = """
    INSERT INTO audit_log (table_name, operation, changed_at)
    VALUES ('customers', 'TRUNCATE', '2025-01-15 12:00Z')
"""


def test_the_oldest_month_goes(start_with_demo, directory):
    """Detached, kept as a file, dropped; from then on it is excused, and what is left is not."""
    server = start_with_demo("audited")
    detach, drop = blocks(SECTION, "sql")
    [keep] = blocks(SECTION, "sh")
    (directory / "backup").mkdir()
    with server.connect() as owner:
        owner.execute("SELECT add_audit_log_partition('2025-01-01'), add_audit_log_partition('2025-02-01')")
        owner.execute(OLD)
        seal(owner)
        owner.execute("UPDATE customers SET is_vip = NOT is_vip")
        seal(owner)
        server.psql(detach)
        server.run_as_operator(keep.replace("/backup", f"{directory}/backup"))
        assert "2025-01-15 12:00:00" in (directory / "backup" / "audit_log_2025_01.sql").read_text()
        server.psql(drop)
        assert owner.execute("SELECT * FROM verify_audit()").fetchall() == []
        assert owner.execute("SELECT * FROM integrity_violations").fetchall() == []
        # Upkeep does not bring it back.
        assert owner.execute("SELECT run_maintenance() -> 'partitions'").fetchone() == ({},)
        owner.execute("ALTER TABLE audit_log DETACH PARTITION audit_log_2025_02")
        owner.execute("SET session_replication_role = replica")
        owner.execute("DELETE FROM audit_log WHERE id = (SELECT max(id) FROM audit_log)")
        assert len(owner.execute("SELECT * FROM verify_audit()").fetchall()) == 1
