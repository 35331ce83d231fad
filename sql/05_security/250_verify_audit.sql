-- Whether the audit trail, and the money, credits and documents it tells of, are still what was
-- sealed: every hash computed anew, in order, up to the first that does not fit. Rows not sealed
-- yet are nobody's promise; rows that a seal should have seen and did not were slipped in
-- afterwards.

CREATE OR REPLACE FUNCTION verify_audit(p_expected_head TEXT DEFAULT NULL)
RETURNS TABLE (batch BIGINT, table_name TEXT, expected TEXT, actual TEXT)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1 SET search_path FROM CURRENT
SET datestyle = 'ISO'  -- a partition's bounds are read from text
AS $verify_audit$
DECLARE
    c_tables CONSTANT TEXT[] := ARRAY[
        'audit_seals', 'order_audit', 'payments', 'credits', 'documents', 'audit_log'
    ];
    v_last audit_seals;
    -- From the start of a month: a partition made anew in the middle of one hides nothing.
    v_kept_since TIMESTAMPTZ := (
        SELECT date_trunc('month', min(
            substring(pg_get_expr(relpartbound, oid) FROM $$FROM [(]'(.*)'[)] TO$$)::TIMESTAMPTZ
        ), 'UTC')
        FROM pg_class
        INNER JOIN pg_inherits ON inhrelid = oid
        WHERE inhparent = 'audit_log'::REGCLASS
    );
    v_months_left TEXT[] := ARRAY(
        SELECT DISTINCT to_char(changed_at AT TIME ZONE 'UTC', 'YYYY-MM')
        FROM audit_log WHERE changed_at < v_kept_since
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
            _audit_seal_head(
                lag(audit_seals.head) OVER in_order, audit_seals.batch,
                audit_seals.order_audit_ids, audit_seals.audit_log_ids, audit_seals.digests,
                audit_seals.snapshot, audit_seals.system_identifier, audit_seals.sealed_at
            ) AS computed_head
        FROM audit_seals
        WINDOW in_order AS (ORDER BY audit_seals.batch)
    ) AS seal
    CROSS JOIN LATERAL (
        SELECT 'audit_seals', seal.place::TEXT, seal.batch::TEXT
        UNION ALL
        SELECT 'audit_seals', encode(seal.head, 'hex'), encode(seal.computed_head, 'hex')
        UNION ALL
        SELECT split_part(part, ' ', 1), sealed.digest, computed.digest
        FROM jsonb_each_text(seal.digests) AS sealed (part, digest)
        FULL JOIN jsonb_each_text(
            _audit_digests(seal.order_audit_ids, seal.audit_log_ids)
        ) AS computed (part, digest) USING (part)
        WHERE
            part !~ '^audit_log '
            OR v_kept_since IS NULL
            OR split_part(part, ' ', 2) >= to_char(v_kept_since AT TIME ZONE 'UTC', 'YYYY-MM')
            OR split_part(part, ' ', 2) = ANY (v_months_left)
    ) AS finding (table_name, expected, actual)
    WHERE finding.expected IS DISTINCT FROM finding.actual
    ORDER BY seal.batch, array_position(c_tables, finding.table_name)
    LIMIT 1;
    IF found THEN
        RETURN;
    END IF;

    SELECT * INTO v_last FROM audit_seals ORDER BY audit_seals.batch DESC LIMIT 1;
    RETURN QUERY
    SELECT
        v_last.batch,
        doubtful.table_name,
        doubtful.expected,
        format('%s not, the first with id %s', count(*), min(doubtful.id))
    FROM (
        SELECT
            audited.table_name,
            audited.id,
            CASE
                WHEN audited.transaction_id >= pg_snapshot_xmax(pg_current_snapshot())
                    THEN 'under a transaction''s number that was given out'
                ELSE 'sealed'
            END AS expected
        FROM (
            SELECT 'order_audit' AS table_name, order_audit.id, order_audit.transaction_id
            FROM order_audit
            WHERE order_audit.id <@ (
                SELECT range_agg(audit_seals.order_audit_ids) FROM audit_seals
            ) IS NOT TRUE
            UNION ALL
            SELECT 'audit_log', audit_log.id, audit_log.transaction_id
            FROM audit_log
            WHERE audit_log.id <@ (
                SELECT range_agg(audit_seals.audit_log_ids) FROM audit_seals
            ) IS NOT TRUE
        ) AS audited
        -- Numbers of another cluster mean nothing until the first seal of this one.
        WHERE
            v_last.system_identifier = (SELECT system_identifier FROM pg_control_system())
            AND audited.transaction_id IS DISTINCT FROM pg_current_xact_id_if_assigned()
            AND (
                pg_visible_in_snapshot(audited.transaction_id, v_last.snapshot)
                OR audited.transaction_id >= pg_snapshot_xmax(pg_current_snapshot())
            )
        UNION ALL
        SELECT 'payments', payments.payment_id, 'told in order_audit'
        FROM payments
        WHERE NOT EXISTS (
            SELECT FROM order_audit
            WHERE order_audit.details ->> 'payment_id' = payments.payment_id::TEXT
        )
        UNION ALL
        SELECT 'credits', credits.credit_id, 'told in order_audit'
        FROM credits
        WHERE NOT EXISTS (
            SELECT FROM order_audit
            WHERE
                order_audit.order_id = credits.order_id
                AND order_audit.details ->> 'credit_no' = credits.credit_no::TEXT
        )
        UNION ALL
        SELECT 'documents', documents.document_id, 'told in order_audit'
        FROM documents
        WHERE NOT EXISTS (
            SELECT FROM order_audit
            WHERE
                order_audit.order_id = documents.order_id
                AND order_audit.details ->> 'document_id' = documents.document_id::TEXT
        )
    ) AS doubtful
    WHERE v_last.batch IS NOT NULL
    GROUP BY doubtful.table_name, doubtful.expected
    ORDER BY array_position(c_tables, doubtful.table_name), doubtful.expected
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
            coalesce(v_last.batch, 0) + 1, 'audit_seals', left(p_expected_head, 100),
            encode(v_last.head, 'hex');
    END IF;
END;
$verify_audit$;
REVOKE EXECUTE ON FUNCTION verify_audit(TEXT) FROM PUBLIC;
COMMENT ON FUNCTION verify_audit(TEXT) IS
'The first batch of audit rows, or of the payments, credits and documents they tell of, that is not
what was sealed, or no row. p_expected_head is a head seal_audit() once returned, kept elsewhere:
without it a chain that was cut off or written anew as a whole cannot be told. Also tells rows
slipped in behind the seals, under a transaction''s number that is still to come, and money, credits
or documents no audit row tells of. Whole months that retention dropped from the old end of the
audit log, of which no row is left, are excused. Reads every audit row. Raises nothing.';
