-- The ST003 of malformed items: every offending entry, each with what is wrong with it. Kept apart
-- from _parse_items() because it runs only when the answer is already no.

CREATE OR REPLACE FUNCTION _refuse_items(p_items JSONB, p_key TEXT) RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_refuse_items$
DECLARE
    v_is_of_a_size BOOLEAN := coalesce(
        pg_column_size(p_items) <= 262144
        AND jsonb_typeof(p_items) = 'array' AND jsonb_array_length(p_items) BETWEEN 1 AND 500, FALSE
    );
    v_at_most NUMERIC := CASE p_key WHEN 'product_id' THEN 10000 ELSE 2147483647 END;
    v_offenders JSONB;
BEGIN
    IF v_is_of_a_size THEN
        WITH entries AS (
            SELECT
                place - 1 AS index,
                CASE WHEN jsonb_typeof(entry) = 'object' THEN entry END AS object
            FROM jsonb_array_elements(p_items) WITH ORDINALITY AS item (entry, place)
        ),

        fields AS (
            SELECT
                index,
                object,
                field,
                at_most,
                CASE
                    WHEN jsonb_typeof(object -> field) = 'number' THEN (object -> field)::NUMERIC
                END AS number
            FROM entries
            CROSS JOIN (
                VALUES (p_key, 2147483647::NUMERIC), ('quantity', v_at_most)
            ) AS known (field, at_most)
            WHERE object IS NOT NULL
        ),

        problems AS (
            SELECT
                index,
                NULL AS field,
                'is not an object' AS problem
            FROM entries
            WHERE object IS NULL
            UNION ALL
            SELECT
                index,
                field,
                CASE
                    WHEN NOT object ? field THEN 'is missing'
                    WHEN number IS NULL THEN 'is not a number'
                    WHEN number <> floor(number) THEN 'is not a whole number'
                    ELSE format('is not from 1 to %s', at_most)
                END AS problem
            FROM fields
            WHERE
                CASE
                    WHEN number BETWEEN 1 AND at_most THEN number <> floor(number)
                    ELSE TRUE
                END
            UNION ALL
            SELECT
                index,
                left(field, 50) AS field,
                'is unknown' AS problem
            FROM entries
            CROSS JOIN LATERAL jsonb_object_keys(object) AS field
            WHERE field NOT IN (p_key, 'quantity')
            UNION ALL
            -- Entries that are fine each for itself and too much together.
            SELECT
                max(index) AS index,
                p_key AS field,
                CASE p_key
                    WHEN 'product_id' THEN 'adds up to more than 10000 units'
                    ELSE 'is repeated'
                END AS problem
            FROM fields
            WHERE number BETWEEN 1 AND at_most
            GROUP BY object -> p_key
            HAVING count(*) FILTER (WHERE field = p_key) > 1 AND (
                p_key <> 'product_id' OR sum(number) FILTER (WHERE field = 'quantity') > 10000
            )
        ),

        first_problems AS (
            SELECT * FROM problems ORDER BY index, field LIMIT 100
        )

        SELECT jsonb_agg(
            jsonb_build_object('index', index, 'field', field, 'problem', problem)
            ORDER BY index, field
        ) INTO v_offenders
        FROM first_problems;
    END IF;
    RAISE EXCEPTION 'the items are malformed'
    USING ERRCODE = 'ST003',
        DETAIL = CASE
            WHEN v_is_of_a_size THEN jsonb_build_object('items', v_offenders)
            ELSE jsonb_build_object(
                'items', coalesce(jsonb_typeof(p_items), 'null'),
                'length',
                CASE jsonb_typeof(p_items) WHEN 'array' THEN jsonb_array_length(p_items) END,
                'bytes', pg_column_size(p_items)
            )
        END,
        HINT = format(
            'Send an array of 1 to 500 objects {"%s": …, "quantity": …}, whole numbers.', p_key
        );
END;
$_refuse_items$;
REVOKE EXECUTE ON FUNCTION _refuse_items(JSONB, TEXT) FROM PUBLIC;
COMMENT ON FUNCTION _refuse_items(JSONB, TEXT) IS
'Always raises ST003; the detail lists the first 100 offending entries by index (from 0), field and
problem, or what p_items is where it is no array of 1 to 500 entries. Internal.';
