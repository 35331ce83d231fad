-- Whose stock is worth adding up movement by movement: a look every hour must not read all that a
-- product ever sold. The sums that product_sales keeps tell how much has left and come back.

CREATE OR REPLACE FUNCTION _doubtful_stock(p_product_ids INT[]) RETURNS SETOF INT
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH adjustments AS (
        SELECT
            product_id,
            sum(quantity) AS units
        FROM stock_adjustments
        WHERE product_id = ANY(p_product_ids)
        GROUP BY product_id
    ),

    -- Units sold have left, or are still promised to an open order.
    sales AS (
        SELECT
            product_id,
            units_sold - units_restocked AS units
        FROM product_sales
        WHERE product_id = ANY(p_product_ids)
    )

    SELECT inventory.product_id
    FROM inventory
    LEFT JOIN _promised_stock() AS promises ON inventory.product_id = promises.product_id
    LEFT JOIN adjustments ON inventory.product_id = adjustments.product_id
    LEFT JOIN sales ON inventory.product_id = sales.product_id
    WHERE
        inventory.product_id = ANY(p_product_ids)
        AND (
            inventory.reserved <> coalesce(promises.units, 0)
            OR inventory.available
            <> coalesce(adjustments.units, 0) - coalesce(sales.units, 0)
        );
END;
REVOKE EXECUTE ON FUNCTION _doubtful_stock(INT[]) FROM PUBLIC;
COMMENT ON FUNCTION _doubtful_stock(INT[]) IS
'Those of the products whose counters may be wrong, which _stock_violations() will tell. Internal.';
