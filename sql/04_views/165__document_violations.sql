-- Documents with a gap, out of time, missing or not told.

CREATE OR REPLACE FUNCTION _document_violations(p_order_ids INT[], p_since TIMESTAMPTZ)
RETURNS TABLE (invariant TEXT, object TEXT, expected TEXT, actual TEXT)
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH due AS MATERIALIZED (
        SELECT
            found.*,
            coalesce(told.performed_at, credited.created_at, '-infinity') AS recorded_at
        FROM _due_documents(p_order_ids) AS found
        -- A parcel may be recorded long after it left.
        LEFT JOIN LATERAL (
            SELECT max(performed_at) AS performed_at
            FROM order_audit
            WHERE
                order_audit.order_id = found.order_id
                AND order_audit.action = 'shipped'
                AND order_audit.details ->> 'shipment_id' = found.shipment_id::TEXT
        ) AS told ON TRUE
        LEFT JOIN LATERAL (
            SELECT min(created_at) AS created_at
            FROM credits
            WHERE credits.order_id = found.order_id AND credits.credit_no = found.credit_no
        ) AS credited ON TRUE
    ),

    told AS (
        SELECT
            order_id,
            details ->> 'document_id' AS document_id,
            concat_ws(' ', details ->> 'kind', details ->> 'series', details ->> 'number') AS name
        FROM order_audit
        WHERE action = 'document' AND (p_order_ids IS NULL OR order_id = ANY(p_order_ids))
    ),

    booked AS (
        SELECT
            order_id,
            document_id::TEXT AS document_id,
            concat_ws(' ', kind, series, number) AS name
        FROM documents
        WHERE p_order_ids IS NULL OR order_id = ANY(p_order_ids)
    )

    SELECT
        'document_numbers_have_no_gap' AS invariant,
        format('document %s-%s', documents.series, documents.number) AS object,
        format('%s-%s before it', documents.series, documents.number - 1) AS expected,
        'none' AS actual
    FROM documents
    LEFT JOIN documents AS earlier
        ON documents.series = earlier.series AND documents.number - 1 = earlier.number
    WHERE
        documents.issued_at >= p_since
        AND documents.number > 1
        AND earlier.document_id IS NULL
    UNION ALL
    SELECT
        'document_time_never_falls' AS invariant,
        format('document %s-%s', documents.series, documents.number) AS object,
        format('%s or later', earlier.issued_at) AS expected,
        documents.issued_at::TEXT AS actual
    FROM documents
    INNER JOIN documents AS earlier
        ON documents.series = earlier.series AND documents.number - 1 = earlier.number
    WHERE documents.issued_at >= p_since AND documents.issued_at < earlier.issued_at
    UNION ALL
    SELECT
        'what_is_supplied_is_documented' AS invariant,
        CASE due.kind
            WHEN 'invoice' THEN format('parcel %s', due.shipment_id)
            ELSE format('order %s credit %s', due.order_id, due.credit_no)
        END AS object,
        due.kind AS expected,
        'none' AS actual
    FROM due
    WHERE due.recorded_at < now() - INTERVAL '1 hour'
    UNION ALL
    SELECT
        'audit_tells_every_document' AS invariant,
        format(
            'order %s document %s', coalesce(booked.order_id, told.order_id),
            coalesce(booked.document_id, told.document_id)
        ) AS object,
        coalesce(booked.name, 'none') AS expected,
        coalesce(told.name, 'none') AS actual
    FROM booked
    FULL JOIN told ON booked.order_id = told.order_id AND booked.document_id = told.document_id
    WHERE booked.name IS DISTINCT FROM told.name;
END;
REVOKE EXECUTE ON FUNCTION _document_violations(INT[], TIMESTAMPTZ) FROM PUBLIC;
COMMENT ON FUNCTION _document_violations(INT[], TIMESTAMPTZ) IS
'Documents, issued at or after p_since, without the number before theirs or dated before the
document that has it; and of the orders, or of all where p_order_ids is NULL, parcels and credits
recorded over an hour ago that should have a document, and documents the audit trail does not tell,
or tells otherwise. Internal.';
