-- What is true of the store as a whole. One row, always: reports and pricing read it without
-- asking whether it is there.

CREATE TABLE store_settings (
    is_only_row BOOLEAN NOT NULL DEFAULT TRUE PRIMARY KEY,
    store_name VARCHAR(100) NOT NULL,
    currency CHAR(3) NOT NULL,
    country_code CHAR(2) NOT NULL,
    time_zone TEXT NOT NULL DEFAULT 'UTC',
    prices_include_tax BOOLEAN NOT NULL DEFAULT FALSE,
    shipping_fee NUMERIC(12, 2) NOT NULL DEFAULT 0,
    free_shipping_from NUMERIC(12, 2),
    order_hold INTERVAL DEFAULT INTERVAL '30 minutes',
    max_pending_orders INT,
    CONSTRAINT store_settings_has_one_row CHECK (is_only_row),
    CONSTRAINT store_settings_name_is_not_empty CHECK (store_name <> ''),
    CONSTRAINT store_settings_currency_is_iso_4217 CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT store_settings_country_is_iso_3166 CHECK (country_code ~ '^[A-Z]{2}$'),
    CONSTRAINT store_settings_shipping_fee_is_not_negative
    CHECK (shipping_fee >= 0 AND shipping_fee <> 'NaN'),
    CONSTRAINT store_settings_free_shipping_from_is_not_negative
    CHECK (free_shipping_from >= 0 AND free_shipping_from <> 'NaN'),
    CONSTRAINT store_settings_order_hold_is_at_most_ten_years
    CHECK (order_hold > INTERVAL '0' AND order_hold <= INTERVAL '10 years'),
    CONSTRAINT store_settings_max_pending_orders_is_positive CHECK (max_pending_orders > 0)
);

INSERT INTO store_settings (store_name, currency, country_code)
VALUES ('Store', 'USD', 'US');

CREATE TRIGGER store_settings_row_stays
BEFORE DELETE OR TRUNCATE ON store_settings
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(
    'a store has exactly one row of settings', 'Update the row instead.'
);

COMMENT ON TABLE store_settings IS 'The store itself: exactly one row.';
COMMENT ON COLUMN store_settings.is_only_row IS 'Always true; the key that allows no second row.';
COMMENT ON COLUMN store_settings.store_name IS 'The name customers know.';
COMMENT ON COLUMN store_settings.currency IS
'ISO 4217 code every amount of the store is in; fixed once an order exists.';
COMMENT ON COLUMN store_settings.country_code IS
'ISO 3166 code of the store; decides the tax of an order without an address.';
COMMENT ON COLUMN store_settings.time_zone IS
'IANA zone whose wall clock a report''s days, months and hours are read from.';
COMMENT ON COLUMN store_settings.prices_include_tax IS
'Whether product prices and the shipping fee already contain the tax.';
COMMENT ON COLUMN store_settings.shipping_fee IS 'Flat fee of an order, in the store''s currency.';
COMMENT ON COLUMN store_settings.free_shipping_from IS
'Goods less discount from which shipping is free; NULL = never.';
COMMENT ON COLUMN store_settings.order_hold IS
'How long an unpaid order keeps its stock; NULL = for ever.';
COMMENT ON COLUMN store_settings.max_pending_orders IS
'Unpaid orders one customer may have at once, as far as the placing transaction sees; NULL = no
limit.';
