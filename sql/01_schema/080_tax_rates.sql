-- What a class of goods is taxed at a place, from a day on. At a place holds the latest row, at the
-- store's day, of its region, else of the country; no row means no tax, never another country's.

CREATE TABLE tax_rates (
    tax_class TAX_CLASS_NAME NOT NULL REFERENCES tax_classes (tax_class),
    country_code COUNTRY_CODE NOT NULL REFERENCES countries (country_code),
    region_code REGION_CODE NOT NULL DEFAULT '',
    valid_from DATE NOT NULL,
    rate SHARE NOT NULL,
    PRIMARY KEY (tax_class, country_code, region_code, valid_from),
    CONSTRAINT tax_rates_valid_from_is_finite CHECK (isfinite(valid_from))
);
CREATE INDEX tax_rates_country_code_idx ON tax_rates (country_code);  -- serves the foreign key

COMMENT ON TABLE tax_rates IS 'Rates by class, place and first day.';
COMMENT ON COLUMN tax_rates.region_code IS 'Empty = the whole country.';
COMMENT ON COLUMN tax_rates.valid_from IS 'First day of the rate, in the store''s time zone.';
COMMENT ON COLUMN tax_rates.rate IS 'Share of the net price: 0.20000 is twenty per cent.';
