-- Whether the audit tables are still what was sealed: every hash computed anew, in order, up to the
-- first that does not fit. Rows not sealed yet are nobody's promise; rows that a seal should have
-- seen and did not were slipped in afterwards. Months that retention took are excused, batch by
-- batch: where every row before the oldest month left is gone, the chain alone vouches.

CREATE OR REPLACE FUNCTION verify_audit(p_expected_head TEXT DEFAULT NULL)
RETURNS TABLE (batch BIGINT, table_name TEXT, expected TEXT, actual TEXT)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1 SET search_path FROM CURRENT
SET datestyle = 'ISO'  -- a partition's bounds are read from text
AS $verify_audit$
DECLARE
    v_last audit_seals;
    v_kept_since TIMESTAMPTZ := (
        SELECT min(
            substring(pg_get_expr(relpartbound, oid) FROM $$FROM \('(.*)'\) TO$$)::TIMESTAMPTZ
        )
        FROM pg_class
        INNER JOIN pg_inherits ON inhrelid = oid
        WHERE inhparent = 'audit_log'::REGCLASS
    );
BEGIN
    RETURN QUERY
    SELECT
        seal.batch,
        finding.table_name,
        finding.expected,
        finding.actual
    FROM (
        SELECT
            audit_seals.*,
            row_number() OVER in_order AS place,
            _audit_seal_head(lag(audit_seals.head) OVER in_order, audit_seals) AS computed_head
        FROM audit_seals
        WINDOW in_order AS (ORDER BY audit_seals.batch)
    ) AS seal
    CROSS JOIN LATERAL (
        VALUES
        (1, 'audit_seals', seal.place::TEXT, seal.batch::TEXT),
        (2, 'audit_seals', encode(seal.head, 'hex'), encode(seal.computed_head, 'hex')),
        (
            3, 'order_audit', encode(seal.order_audit_digest, 'hex'),
            encode(_order_audit_digest(seal.order_audit_ids), 'hex')
        ),
        (
            4, 'audit_log', encode(seal.audit_log_digest, 'hex'),
            encode(_audit_log_digest(seal.audit_log_ids), 'hex')
        )
    ) AS finding (step, table_name, expected, actual)
    WHERE
        finding.expected IS DISTINCT FROM finding.actual
        AND NOT (
            finding.table_name = 'audit_log'
            AND seal.audit_log_since < v_kept_since
            AND NOT EXISTS (
                SELECT FROM unnest(seal.audit_log_ids) AS ids
                INNER JOIN audit_log ON audit_log.id >= lower(ids) AND audit_log.id < upper(ids)
                WHERE audit_log.changed_at < v_kept_since
            )
        )
    ORDER BY seal.batch, finding.step
    LIMIT 1;
    IF found THEN
        RETURN;
    END IF;

    SELECT * INTO v_last FROM audit_seals ORDER BY audit_seals.batch DESC LIMIT 1;
    RETURN QUERY
    SELECT
        v_last.batch,
        unsealed.table_name,
        'sealed',
        format('%s not sealed, the first with id %s', unsealed.rows, unsealed.first_id)
    FROM (
        SELECT 'order_audit' AS table_name, count(*) AS rows, min(order_audit.id) AS first_id
        FROM order_audit
        WHERE
            pg_visible_in_snapshot(order_audit.transaction_id, v_last.snapshot)
            AND order_audit.transaction_id <> v_last.transaction_id
            AND NOT order_audit.id <@ (
                SELECT range_agg(audit_seals.order_audit_ids) FROM audit_seals
            )
        UNION ALL
        SELECT 'audit_log', count(*), min(audit_log.id)
        FROM audit_log
        WHERE
            pg_visible_in_snapshot(audit_log.transaction_id, v_last.snapshot)
            AND audit_log.transaction_id <> v_last.transaction_id
            AND NOT audit_log.id <@ (
                SELECT range_agg(audit_seals.audit_log_ids) FROM audit_seals
            )
    ) AS unsealed
    WHERE
        unsealed.rows > 0
        AND v_last.system_identifier = (SELECT system_identifier FROM pg_control_system())
    LIMIT 1;
    IF found THEN
        RETURN;
    END IF;

    -- Whoever cuts off the end of the chain, or writes it anew, cannot make a head kept elsewhere.
    IF p_expected_head IS NOT NULL AND NOT EXISTS (
        SELECT FROM audit_seals WHERE encode(audit_seals.head, 'hex') = lower(p_expected_head)
    ) THEN
        RETURN QUERY
        SELECT
            coalesce(v_last.batch, 0) + 1, 'audit_seals', p_expected_head,
            encode(v_last.head, 'hex');
    END IF;
END;
$verify_audit$;
REVOKE EXECUTE ON FUNCTION verify_audit(TEXT) FROM PUBLIC;
COMMENT ON FUNCTION verify_audit(TEXT) IS
'The first batch of audit rows that is not what was sealed, or no row. p_expected_head is a head
seal_audit() once returned, kept elsewhere: without it a chain that was cut off or written anew as
a whole cannot be told. Reads every audit row. Raises nothing.';
