-- What a product cost when. Written by triggers on products only, so that the latest row is
-- products.price and a price once valid is never forgotten, nor rewritten afterwards.

CREATE TABLE price_history (
    product_id INT NOT NULL REFERENCES products (product_id),
    valid_from TIMESTAMPTZ NOT NULL,
    price NUMERIC(12, 2) NOT NULL,
    transaction_id XID8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (product_id, valid_from),
    CONSTRAINT price_history_price_is_not_negative CHECK (price >= 0 AND price <> 'NaN')
);

CREATE TRIGGER price_history_is_never_deleted
BEFORE DELETE OR TRUNCATE ON price_history
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(
    'a price once valid is never forgotten', 'Change the product''s price instead.'
);

-- The transaction that wrote a price may still replace it, as record_price_change() does.
CREATE TRIGGER price_history_is_final
BEFORE UPDATE ON price_history
FOR EACH ROW WHEN (old.transaction_id IS DISTINCT FROM pg_current_xact_id())
EXECUTE FUNCTION refuse_change(
    'a price once valid is never forgotten', 'Change the product''s price instead.'
);

CREATE FUNCTION record_price_change() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $record_price_change$
BEGIN
    -- A second change in one transaction replaces the first: nobody ever saw that. After a
    -- restore an old transaction_id may be met again; its valid_from is then before our start.
    UPDATE price_history SET price = new.price
    WHERE
        product_id = new.product_id
        AND transaction_id = pg_current_xact_id()
        AND valid_from >= transaction_timestamp();
    IF NOT found THEN
        -- clock_timestamp() under the product's row lock, and past the last one even where the
        -- clock was set back.
        INSERT INTO price_history (product_id, valid_from, price)
        SELECT
            new.product_id,
            greatest(clock_timestamp(), max(valid_from) + INTERVAL '1 microsecond'),
            new.price
        FROM price_history
        WHERE product_id = new.product_id;
    END IF;
    RETURN NULL;
END;
$record_price_change$;
REVOKE EXECUTE ON FUNCTION record_price_change() FROM PUBLIC;
COMMENT ON FUNCTION record_price_change() IS 'Trigger: appends a product''s new price.';

CREATE TRIGGER products_price_is_remembered
AFTER UPDATE OF price ON products
FOR EACH ROW WHEN (old.price IS DISTINCT FROM new.price)
EXECUTE FUNCTION record_price_change();

COMMENT ON TABLE price_history IS 'Every price a product had, from when; the latest is today''s.';
COMMENT ON COLUMN price_history.product_id IS 'Whose price.';
COMMENT ON COLUMN price_history.valid_from IS 'First instant of the price.';
COMMENT ON COLUMN price_history.price IS 'Price of one unit from then on.';
COMMENT ON COLUMN price_history.transaction_id IS
'Who wrote it, to tell a second change of the same transaction; means nothing after it.';
