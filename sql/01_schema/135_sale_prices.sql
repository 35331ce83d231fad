-- Lower prices for a while. No job flips them at midnight: what applies is a question of the
-- instant, asked of these rows by whoever prices or shows a product.

CREATE TABLE sale_prices (
    sale_price_id INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product_id INT NOT NULL REFERENCES products (product_id),
    price AMOUNT NOT NULL,
    valid_from INSTANT NOT NULL,
    valid_until INSTANT NOT NULL,
    CONSTRAINT sale_prices_valid_until_follows_valid_from CHECK (valid_until > valid_from),
    -- A range of one number stands in for the equality a GiST index has for ranges alone.
    CONSTRAINT sale_prices_of_a_product_never_overlap_excl EXCLUDE USING gist (
        int4range(product_id, product_id, '[]') WITH &&, tstzrange(valid_from, valid_until) WITH &&
    )
);
-- Serves the foreign key, and finds the sale of an instant past all that were over by then.
CREATE INDEX sale_prices_product_id_valid_until_idx ON sale_prices (product_id, valid_until);

COMMENT ON TABLE sale_prices IS
'Sales, past and future ones too. While one runs, the lower of its price and the regular one
applies.';
COMMENT ON COLUMN sale_prices.price IS 'Of one unit; below the regular one when made.';
COMMENT ON COLUMN sale_prices.valid_from IS
'First instant of the sale; once it has come, nothing but valid_until changes any more.';
COMMENT ON COLUMN sale_prices.valid_until IS
'First instant after the sale; once begun it can only be ended sooner, once over it is final.';
