-- What is true of the store as a whole. One row, always: reports and pricing read it without
-- asking whether it is there.

CREATE FUNCTION decimals_of(p_currency TEXT) RETURNS INT
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN p_currency IN (
        'BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'VND', 'VUV',
        'XAF', 'XOF', 'XPF'
    ) THEN 0
    ELSE 2
END;
REVOKE EXECUTE ON FUNCTION decimals_of(TEXT) FROM PUBLIC;
COMMENT ON FUNCTION decimals_of(TEXT) IS
'Decimals an amount in p_currency (ISO 4217) has: 0 or 2. Raises nothing.';

CREATE TABLE store_settings (
    is_only_row BOOLEAN NOT NULL DEFAULT TRUE PRIMARY KEY,
    store_name LABEL NOT NULL,
    currency CURRENCY_CODE NOT NULL,
    currency_decimals INT NOT NULL GENERATED ALWAYS AS (decimals_of(currency)) STORED,
    country_code COUNTRY_CODE NOT NULL REFERENCES countries (country_code),
    region_code REGION_CODE NOT NULL DEFAULT '',
    time_zone TEXT NOT NULL DEFAULT 'UTC',
    prices_include_tax BOOLEAN NOT NULL DEFAULT FALSE,
    shipping_fee AMOUNT NOT NULL DEFAULT 0.00,
    shipping_tax_class TAX_CLASS_NAME NOT NULL DEFAULT 'standard'
    REFERENCES tax_classes (tax_class),
    free_shipping_from AMOUNT,
    order_hold INTERVAL DEFAULT INTERVAL '30 minutes',
    max_pending_orders INT DEFAULT 10,
    shown_stock INT NOT NULL DEFAULT 10,
    delivery_back_on_full_return BOOLEAN NOT NULL DEFAULT TRUE,
    search_language TEXT NOT NULL DEFAULT 'english',
    legal_name LABEL,
    legal_address POSTAL_ADDRESS,
    vat_id CODE,
    documents_from INSTANT,
    invoice_series CODE NOT NULL DEFAULT 'INV',
    credit_note_series CODE NOT NULL DEFAULT 'CN',
    document_retention INTERVAL NOT NULL DEFAULT INTERVAL '10 years',
    CONSTRAINT store_settings_has_one_row CHECK (is_only_row),
    CONSTRAINT store_settings_order_hold_is_at_most_ten_years
    CHECK (order_hold > INTERVAL '0' AND order_hold <= INTERVAL '10 years'),
    CONSTRAINT store_settings_max_pending_orders_is_positive CHECK (max_pending_orders > 0),
    CONSTRAINT store_settings_shown_stock_is_not_negative CHECK (shown_stock >= 0),
    -- Not its OID, which differs from server to server.
    CONSTRAINT store_settings_search_language_is_a_name
    CHECK (search_language ~ '^[a-z_][a-z0-9_]*([.][a-z_][a-z0-9_]*)?$'),
    CONSTRAINT store_settings_documents_say_who_sells
    CHECK (documents_from IS NULL OR num_nulls(legal_name, legal_address) = 0),
    CONSTRAINT store_settings_series_differ CHECK (invoice_series <> credit_note_series),
    CONSTRAINT store_settings_document_retention_is_at_most_a_century
    CHECK (document_retention >= INTERVAL '0' AND document_retention <= INTERVAL '100 years')
);
CREATE INDEX store_settings_country_code_idx ON store_settings (country_code);
CREATE INDEX store_settings_shipping_tax_class_idx ON store_settings (shipping_tax_class);

INSERT INTO store_settings (store_name, currency, country_code)
VALUES ('Store', 'USD', 'US');
UPDATE countries SET is_served = TRUE WHERE country_code = 'US';

CREATE TRIGGER store_settings_row_stays
BEFORE DELETE ON store_settings
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(
    'a store has exactly one row of settings', 'Update the row instead.'
);

COMMENT ON TABLE store_settings IS 'The store itself: exactly one row.';
COMMENT ON COLUMN store_settings.is_only_row IS 'Always true; the key that allows no second row.';
COMMENT ON COLUMN store_settings.store_name IS 'The name customers know.';
COMMENT ON COLUMN store_settings.currency IS
'ISO 4217 code every amount of the store is in; fixed once an order exists.';
COMMENT ON COLUMN store_settings.currency_decimals IS
'Decimals an amount has, 2 or 0 (yen); "to the cent" means rounded to so many.';
COMMENT ON COLUMN store_settings.country_code IS
'Where the store is; decides the tax of an order without an address.';
COMMENT ON COLUMN store_settings.region_code IS
'Where in the country; empty where its regions tax alike.';
COMMENT ON COLUMN store_settings.time_zone IS
'IANA zone whose wall clock a report''s days, months and hours are read from.';
COMMENT ON COLUMN store_settings.prices_include_tax IS
'Whether product prices and the shipping fee already contain the tax.';
COMMENT ON COLUMN store_settings.shipping_fee IS 'Flat fee of an order.';
COMMENT ON COLUMN store_settings.shipping_tax_class IS 'What the fee is taxed as.';
COMMENT ON COLUMN store_settings.free_shipping_from IS
'Goods less discount from which shipping is free; NULL = never.';
COMMENT ON COLUMN store_settings.order_hold IS
'How long an unpaid order keeps its stock; NULL = for ever.';
COMMENT ON COLUMN store_settings.max_pending_orders IS
'Pending orders, not released, one customer may have at once; NULL = no limit.';
COMMENT ON COLUMN store_settings.shown_stock IS
'Most units in stock that others than staff are told of.';
COMMENT ON COLUMN store_settings.delivery_back_on_full_return IS
'Whether the delivery is credited too once nothing of an order is kept.';
COMMENT ON COLUMN store_settings.search_language IS
'Text search configuration products are looked for in; a change indexes them all anew.';
COMMENT ON COLUMN store_settings.legal_name IS 'Who sells, as documents say it.';
COMMENT ON COLUMN store_settings.legal_address IS 'Where the seller is, as documents say it.';
COMMENT ON COLUMN store_settings.vat_id IS 'The seller''s VAT number; NULL = none.';
COMMENT ON COLUMN store_settings.documents_from IS
'Orders placed since then get invoices and credit notes; NULL = the store issues none. Fixed once it
has issued one.';
COMMENT ON COLUMN store_settings.invoice_series IS 'What the next invoices are numbered in.';
COMMENT ON COLUMN store_settings.credit_note_series IS
'What the next credit notes are numbered in.';
COMMENT ON COLUMN store_settings.document_retention IS
'How long after the year of issue a document keeps its buyer.';
