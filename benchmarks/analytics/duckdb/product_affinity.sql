-- product_affinity in DuckDB: every pair in one hash table, which it holds in memory.

WITH baskets AS (
    SELECT DISTINCT
        order_id,
        product_id
    FROM counted_lines
),

products_in_baskets AS (
    SELECT
        product_id,
        count(*) AS basket_count
    FROM baskets
    GROUP BY product_id
    HAVING count(*) >= 20
),

popular_baskets AS (
    SELECT baskets.*
    FROM baskets
    INNER JOIN products_in_baskets ON baskets.product_id = products_in_baskets.product_id
),

pairs AS (
    SELECT
        a.product_id AS product_a_id,
        b.product_id AS product_b_id,
        count(*) AS orders_together
    FROM popular_baskets AS a
    INNER JOIN popular_baskets AS b ON a.order_id = b.order_id AND a.product_id < b.product_id
    GROUP BY a.product_id, b.product_id
    HAVING count(*) >= 20
),

all_baskets AS (
    SELECT count(*) AS basket_count FROM counted_orders
)

SELECT
    pairs.product_a_id,
    pairs.product_b_id,
    pairs.orders_together,
    round(pairs.orders_together / all_baskets.basket_count, 6) AS support,
    round(pairs.orders_together / a.basket_count, 6) AS confidence_a_to_b,
    round(pairs.orders_together / b.basket_count, 6) AS confidence_b_to_a,
    round(
        pairs.orders_together * all_baskets.basket_count / (a.basket_count * b.basket_count), 4
    ) AS lift
FROM pairs
INNER JOIN products_in_baskets AS a ON pairs.product_a_id = a.product_id
INNER JOIN products_in_baskets AS b ON pairs.product_b_id = b.product_id
CROSS JOIN all_baskets;
