-- Which units a cancellation takes back, and from which order lines: same customer, product and
-- price, newest sale first, whole or not at all.
--
-- What one cancellation takes the next can no longer take, and a refused one takes nothing, so
-- they go in turns: each step of the recursion is the next cancellation of every group at once,
-- and carries what is left of the group's sales to the step after it.

CREATE TEMPORARY TABLE taken_units (
    cancellation_line_no INT NOT NULL,
    sale_line_no INT NOT NULL,
    quantity INT NOT NULL
) ON COMMIT DROP;

INSERT INTO taken_units (cancellation_line_no, sale_line_no, quantity)
WITH RECURSIVE cancellations AS (
    SELECT
        line_no,
        customer_id,
        sku,
        unit_price,
        instant,
        -quantity AS quantity,
        row_number() OVER (
            PARTITION BY customer_id, sku, unit_price ORDER BY instant, line_no
        ) AS turn
    FROM mapped_lines
    WHERE kind = 'cancellation' AND customer_id IS NOT NULL
),

sales AS (
    SELECT
        customer_id,
        sku,
        unit_price,
        array_agg(line_no ORDER BY instant DESC, line_no DESC) AS line_nos,
        array_agg(instant ORDER BY instant DESC, line_no DESC) AS instants,
        array_agg(quantity ORDER BY instant DESC, line_no DESC) AS quantities
    FROM mapped_lines
    WHERE
        kind = 'order_line'
        AND (customer_id, sku, unit_price) IN (
            SELECT
                cancellations.customer_id,
                cancellations.sku,
                cancellations.unit_price
            FROM cancellations
        )
    GROUP BY customer_id, sku, unit_price
),

turns AS (
    SELECT
        customer_id,
        sku,
        unit_price,
        0::BIGINT AS turn,
        NULL::INT AS cancellation_line_no,
        line_nos,
        instants,
        NULL::INT[] AS taken,
        quantities AS remaining
    FROM sales
    UNION ALL
    SELECT
        turns.customer_id,
        turns.sku,
        turns.unit_price,
        cancellations.turn,
        cancellations.line_no,
        turns.line_nos,
        turns.instants,
        outcome.taken,
        outcome.remaining
    FROM turns
    INNER JOIN cancellations
        ON
            turns.customer_id = cancellations.customer_id
            AND turns.sku = cancellations.sku
            AND turns.unit_price = cancellations.unit_price
            AND turns.turn + 1 = cancellations.turn
    CROSS JOIN LATERAL (  -- noqa: ST05, a CTE could not see the turn
        WITH candidates AS (
            SELECT
                sale.place,
                sale.remaining,
                -- What was sold later is not what is sent back.
                CASE
                    WHEN sale.instant <= cancellations.instant THEN sale.remaining ELSE 0
                END AS offered
            FROM
                unnest(turns.remaining, turns.instants)
                WITH ORDINALITY AS sale (remaining, instant, place)
        ),

        offers AS (
            SELECT
                place,
                remaining,
                offered,
                sum(offered) OVER (ORDER BY place) - offered AS offered_before,
                sum(offered) OVER () AS offered_in_all
            FROM candidates
        ),

        shares AS (
            SELECT
                place,
                remaining,
                CASE
                    WHEN offered_in_all < cancellations.quantity THEN 0
                    ELSE least(offered, greatest(cancellations.quantity - offered_before, 0))
                END::INT AS taken
            FROM offers
        )

        SELECT
            array_agg(taken ORDER BY place) AS taken,
            array_agg(remaining - taken ORDER BY place) AS remaining
        FROM shares
    ) AS outcome
)

SELECT
    turns.cancellation_line_no,
    sale.line_no,
    sale.taken
FROM turns
CROSS JOIN LATERAL unnest(turns.line_nos, turns.taken) AS sale (line_no, taken)
WHERE sale.taken > 0;

ANALYZE taken_units;
