"""A day's events are looked for where they lie, also where later ones have found room among those of before."""

DAYS, A_DAY = 400, 150
EVENT = (
    "INSERT INTO order_audit (order_id, action, performed_at) SELECT 1, 'placed', {at} FROM generate_series(1, {times})"
)
BEFORE = "timestamptz '2024-01-01 12:00Z' + day * interval '1 day'"
# Each day leaves room for three: of calls that failed.
HISTORY = f"""
DO $$
BEGIN
    FOR day IN 0 .. {DAYS - 1} LOOP
        {EVENT.format(at=BEFORE, times=A_DAY)};
        BEGIN
            {EVENT.format(at=BEFORE, times=3)};
            RAISE EXCEPTION USING ERRCODE = 'raise_exception';
        EXCEPTION WHEN raise_exception THEN
        END;
    END LOOP;
END $$"""


def test_later_events_among_old_ones_make_no_day_dearer(superuser):
    superuser.execute("SET session_replication_role = replica")  # events without their order
    superuser.execute(HISTORY)
    superuser.execute("VACUUM (ANALYZE) order_audit")
    superuser.execute(EVENT.format(at="now()", times=800))
    [(pages,)] = superuser.execute("SELECT pg_relation_size('order_audit') / 8192").fetchall()
    blocks_of_later = "count(DISTINCT (ctid::text::point)[0]::int / 128)"
    [(later,)] = superuser.execute(
        f"SELECT {blocks_of_later} FROM order_audit WHERE performed_at > now() - interval '1 hour'"
    ).fetchall()
    assert pages > 4 * 128 and later >= 4, "there are later ones everywhere"

    a_day = "SELECT FROM order_audit WHERE performed_at >= '2025-01-20' AND performed_at < '2025-01-21'"
    [(answer,)] = superuser.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {a_day}").fetchall()
    plan = answer[0]["Plan"]
    assert plan["Actual Rows"] == A_DAY
    assert plan["Lossy Heap Blocks"] <= 2 * 128
