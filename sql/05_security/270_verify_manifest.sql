-- Which moment a restored store is of, and whether all that store_manifest() told of is in it.

CREATE OR REPLACE FUNCTION _verify_ledgers(p_ledgers JSONB)
RETURNS TABLE (part TEXT, verdict TEXT, expected TEXT, actual TEXT, rows_after BIGINT)
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH compared AS (
        SELECT
            *,
            (p_ledgers #>> ARRAY[ledger, 'rows'])::BIGINT AS expected_rows,
            (p_ledgers #>> ARRAY[ledger, 'sum'])::NUMERIC AS expected_total,
            (p_ledgers #>> ARRAY[ledger, 'ids'])::INT8MULTIRANGE - ids AS missing_ids
        FROM _ledger_sums(p_ledgers)
    )

    SELECT
        ledger AS part,
        CASE
            -- No manifest: verify_manifest() refuses it.
            WHEN num_nulls(expected_rows, expected_total, missing_ids) > 0 THEN NULL
            WHEN row_count = expected_rows AND total = expected_total
                THEN CASE rows_after WHEN 0 THEN 'same' ELSE 'later' END
            -- An earlier store lacks the newest rows, and those alone.
            WHEN isempty(missing_ids) AND row_count >= expected_rows THEN 'changed'
            WHEN isempty(missing_ids) THEN 'missing'
            WHEN isempty(ids) OR lower(missing_ids) >= upper(ids) THEN 'earlier'
            ELSE 'missing'
        END AS verdict,
        format('%s rows, sum %s', expected_rows, expected_total) AS expected,
        format('%s rows, sum %s', row_count, total)
        || CASE
            WHEN isempty(missing_ids) THEN '' ELSE left(format('; not %s', missing_ids), 200)
        END AS actual,
        rows_after
    FROM compared;
END;
REVOKE EXECUTE ON FUNCTION _verify_ledgers(JSONB) FROM PUBLIC;
COMMENT ON FUNCTION _verify_ledgers(JSONB) IS
'The rows of verify_manifest() that tell of ledgers. Raises 22P02 and 22003 (no manifest).
Internal.';

CREATE OR REPLACE FUNCTION verify_manifest(p_manifest JSONB)
RETURNS TABLE (part TEXT, verdict TEXT, expected TEXT, actual TEXT, rows_after BIGINT)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 13 SET search_path FROM CURRENT
AS $verify_manifest$
DECLARE
    v_position BIGINT;
    v_batch BIGINT;
    v_head TEXT := p_manifest ->> 'seal_head';
    v_last_batch BIGINT := (SELECT coalesce(max(audit_seals.batch), 0) FROM audit_seals);
    v_broken TEXT;
    v_found JSONB;
BEGIN
    BEGIN
        v_position := (p_manifest ->> 'feed_position')::BIGINT;
        v_batch := (p_manifest ->> 'seal_batch')::BIGINT;
        v_found := (
            SELECT jsonb_agg(to_jsonb(found.*))
            FROM _verify_ledgers(p_manifest -> 'ledgers') AS found
        );
    EXCEPTION
        -- Neither numbers nor ranges, or no object where one should be.
        WHEN data_exception THEN NULL;
    END;
    IF num_nulls(v_position, v_batch, v_found) > 0
        OR jsonb_path_exists(v_found, '$[*].verdict ? (@ == null)') THEN
        PERFORM _refuse_argument(
            'p_manifest', 'this', 'Give what store_manifest() returned, as it was.'
        );
    END IF;

    SELECT format(
        'batch %s, %s: %s instead of %s',
        verified.batch, verified.table_name, verified.actual, verified.expected
    )
    INTO v_broken
    FROM verify_audit() AS verified;
    v_found := jsonb_build_object(
        'part', 'seals',
        'verdict', CASE
            WHEN v_broken IS NOT NULL THEN 'damaged'
            WHEN v_head IS NOT NULL AND NOT EXISTS (
                SELECT FROM audit_seals
                WHERE audit_seals.batch = v_batch AND encode(audit_seals.head, 'hex') = v_head
            ) THEN CASE WHEN v_last_batch < v_batch THEN 'earlier' ELSE 'changed' END
            WHEN v_last_batch > v_batch THEN 'later'
            ELSE 'same'
        END,
        'expected', format('batch %s, %s', v_batch, v_head),
        'actual', coalesce(v_broken, (
            SELECT format('batch %s, %s', v_last_batch, encode(audit_seals.head, 'hex'))
            FROM audit_seals WHERE audit_seals.batch = v_last_batch
        )),
        'rows_after', greatest(v_last_batch - v_batch, 0)
    ) || v_found;
    v_found := (
        SELECT jsonb_build_object(
            'part', 'feed',
            'verdict', CASE
                WHEN count(*) <> max(positions.position) THEN 'missing'
                WHEN coalesce(max(positions.position), 0) < v_position THEN 'earlier'
                WHEN max(positions.position) > v_position THEN 'later'
                ELSE 'same'
            END,
            'expected', format('position %s', v_position),
            'actual', format('position %s', coalesce(max(positions.position), 0)),
            'rows_after', count(*) FILTER (WHERE positions.position > v_position)
        )
        FROM order_event_positions AS positions
    ) || v_found;

    RETURN QUERY
    WITH told AS (
        SELECT
            found.*,
            row_number() OVER () AS place
        FROM jsonb_to_recordset(v_found) AS found (
            part TEXT, verdict TEXT, expected TEXT, actual TEXT, rows_after BIGINT
        )
    )

    SELECT
        'store',
        CASE
            WHEN bool_or(told.verdict NOT IN ('same', 'later', 'earlier')) THEN 'damaged'
            -- Nothing can be newer than the manifest where not all of the manifest is, but for the
            -- place of an event that was read since.
            WHEN
                bool_or(told.verdict = 'earlier')
                AND bool_or(told.verdict = 'later' AND told.part <> 'feed')
                THEN 'damaged'
            WHEN bool_or(told.verdict = 'earlier') THEN 'earlier'
            WHEN bool_or(told.verdict = 'later') THEN 'later'
            ELSE 'same'
        END,
        p_manifest ->> 'last_event_at',
        _last_event_at(),
        sum(told.rows_after) FILTER (WHERE told.part NOT IN ('seals', 'feed'))::BIGINT
    FROM told
    UNION ALL
    (
        SELECT
            told.part,
            told.verdict,
            told.expected,
            told.actual,
            told.rows_after
        FROM told
        ORDER BY told.place
    );
END;
$verify_manifest$;
REVOKE EXECUTE ON FUNCTION verify_manifest(JSONB) FROM PUBLIC;
COMMENT ON FUNCTION verify_manifest(JSONB) IS
'Compares this store with p_manifest, which store_manifest() returned. A row a part: store first,
then feed, seals and each ledger. verdict is same; later: all of the manifest is here, and
rows_after rows since; earlier: the newest rows are not here yet, and what is sealed is sound;
missing, changed or damaged: expected and actual say what. Of the store both are the UTC instant of
the last event. Whether what is here balances is for integrity_violations to tell. Reads every
ledger and audit row, also on a standby. Raises ST003 (no manifest).';
