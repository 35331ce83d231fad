-- Documents that say something else than the parcels and credits they are of, or keep their buyer
-- too long or too short.

CREATE OR REPLACE FUNCTION _document_content_violations(p_order_ids INT[])
RETURNS TABLE (invariant TEXT, object TEXT, expected TEXT, actual TEXT)
LANGUAGE sql STABLE
BEGIN ATOMIC
    -- What is supplied and kept, and what its documents say of it.
    WITH compared AS (
        SELECT
            order_id,
            net,
            tax,
            TRUE AS is_kept
        FROM shipment_items
        UNION ALL
        SELECT
            order_id,
            delivery_net AS net,
            delivery_tax AS tax,
            TRUE AS is_kept
        FROM shipments
        UNION ALL
        SELECT
            order_id,
            -net AS net,
            -tax AS tax,
            TRUE AS is_kept
        FROM credits
        WHERE is_supplied
        UNION ALL
        SELECT
            order_id,
            net,
            tax,
            FALSE AS is_kept
        FROM document_parts
    )

    SELECT
        'documents_sum_to_what_is_kept' AS invariant,
        format('order %s', compared.order_id) AS object,
        format(
            '%s net, %s tax', coalesce(sum(compared.net) FILTER (WHERE compared.is_kept), 0),
            coalesce(sum(compared.tax) FILTER (WHERE compared.is_kept), 0)
        ) AS expected,
        format(
            '%s net, %s tax', coalesce(sum(compared.net) FILTER (WHERE NOT compared.is_kept), 0),
            coalesce(sum(compared.tax) FILTER (WHERE NOT compared.is_kept), 0)
        ) AS actual
    FROM compared
    WHERE p_order_ids IS NULL OR compared.order_id = ANY(p_order_ids)
    GROUP BY compared.order_id
    HAVING
        (
            sum(CASE WHEN compared.is_kept THEN compared.net ELSE -compared.net END) <> 0
            OR sum(CASE WHEN compared.is_kept THEN compared.tax ELSE -compared.tax END) <> 0
        )
        -- Asked only of those few, so that not all orders are put in order beside their parts.
        AND EXISTS (
            SELECT FROM orders
            INNER JOIN store_settings ON orders.created_at >= store_settings.documents_from
            WHERE orders.order_id = compared.order_id
        )
        AND compared.order_id NOT IN (SELECT due.order_id FROM _due_documents(p_order_ids) AS due)
    UNION ALL
    SELECT
        'document_keeps_its_buyer_until_then' AS invariant,
        format('document %s-%s', documents.series, documents.number) AS object,
        format('a buyer until %s', documents.buyer_until) AS expected,
        'none' AS actual
    FROM documents
    CROSS JOIN store_settings
    WHERE
        documents.buyer IS NULL
        AND documents.buyer_until >= (now() AT TIME ZONE store_settings.time_zone)::DATE
        AND (p_order_ids IS NULL OR documents.order_id = ANY(p_order_ids))
    UNION ALL
    -- An hour for the upkeep, which empties buyers once a minute.
    SELECT
        'document_keeps_its_buyer_no_longer' AS invariant,
        format('document %s-%s', documents.series, documents.number) AS object,
        format('none since %s', documents.buyer_until) AS expected,
        'a buyer' AS actual
    FROM documents
    WHERE
        documents.buyer IS NOT NULL
        AND documents.buyer_until < (
            SELECT ((now() - INTERVAL '1 hour') AT TIME ZONE store_settings.time_zone)::DATE
            FROM store_settings
        );
END;
REVOKE EXECUTE ON FUNCTION _document_content_violations(INT[]) FROM PUBLIC;
COMMENT ON FUNCTION _document_content_violations(INT[]) IS
'Of the orders, or of all where p_order_ids is NULL: those fully documented whose documents do not
sum to what is supplied and kept, and documents whose buyer was emptied too soon; and every document
that keeps its buyer too long. Internal.';
