-- A product without a stock row or a first price would be half a product: both come with it, one
-- statement for any number of new products.

CREATE OR REPLACE FUNCTION _complete_new_products() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $_complete_new_products$
BEGIN
    INSERT INTO inventory (product_id)
    SELECT product_id FROM new_products;
    INSERT INTO price_history (product_id, valid_from, price)
    SELECT
        product_id,
        clock_timestamp(),
        price
    FROM new_products;
    RETURN NULL;
END;
$_complete_new_products$;
REVOKE EXECUTE ON FUNCTION _complete_new_products() FROM PUBLIC;
COMMENT ON FUNCTION _complete_new_products() IS
'Trigger: gives each new product its stock row (zeros) and its first price.';
