-- What a class of goods is taxed in a country, from a day on. The latest row at the store's day
-- holds; no row means no tax, never another country's rate.

CREATE TABLE tax_rates (
    tax_class VARCHAR(50) NOT NULL,
    country_code CHAR(2) NOT NULL,
    valid_from DATE NOT NULL,
    rate NUMERIC(6, 5) NOT NULL,
    PRIMARY KEY (tax_class, country_code, valid_from),
    CONSTRAINT tax_rates_class_is_not_empty CHECK (tax_class <> ''),
    CONSTRAINT tax_rates_country_is_iso_3166 CHECK (country_code ~ '^[A-Z]{2}$'),
    CONSTRAINT tax_rates_rate_is_a_share CHECK (rate >= 0 AND rate < 1)
);

COMMENT ON TABLE tax_rates IS 'Rates by class, country of destination and first day.';
COMMENT ON COLUMN tax_rates.tax_class IS
'The class products.tax_class names; shipping is standard.';
COMMENT ON COLUMN tax_rates.country_code IS 'ISO 3166 code of the destination.';
COMMENT ON COLUMN tax_rates.valid_from IS 'First day of the rate, in the store''s time zone.';
COMMENT ON COLUMN tax_rates.rate IS 'Share of the net price: 0.20000 is twenty per cent.';
