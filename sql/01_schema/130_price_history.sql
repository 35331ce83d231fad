-- What a product cost when. Written by triggers on products only, so that the latest row is
-- products.price and a price once valid is never forgotten, nor rewritten afterwards.

CREATE TABLE price_history (
    product_id INT NOT NULL REFERENCES products (product_id),
    valid_from INSTANT NOT NULL,
    price AMOUNT NOT NULL,
    transaction_id XID8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (product_id, valid_from)
);

CREATE TRIGGER price_history_is_never_deleted
BEFORE DELETE ON price_history
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(
    'a price once valid is never forgotten', 'Change the product''s price instead.'
);

-- The transaction that wrote a price may still replace it, as products_price_is_remembered does.
CREATE TRIGGER price_history_is_final
BEFORE UPDATE ON price_history
FOR EACH ROW WHEN (old.transaction_id IS DISTINCT FROM pg_current_xact_id())
EXECUTE FUNCTION refuse_change(
    'a price once valid is never forgotten', 'Change the product''s price instead.'
);

COMMENT ON TABLE price_history IS 'Every price a product had, from when; the latest is today''s.';
COMMENT ON COLUMN price_history.valid_from IS 'First instant of the price.';
COMMENT ON COLUMN price_history.price IS 'Of one unit, from then on.';
COMMENT ON COLUMN price_history.transaction_id IS
'The transaction that wrote it, which alone may change it again; means nothing afterwards.';
