-- Where a customer has parcels sent. Orders keep a copy of their own, so an address may be
-- changed or deleted at any time.

CREATE TABLE addresses (
    address_id INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id INT NOT NULL REFERENCES customers (customer_id),
    recipient VARCHAR(100) NOT NULL,
    line1 VARCHAR(100) NOT NULL,
    line2 VARCHAR(100),
    city VARCHAR(100) NOT NULL,
    region VARCHAR(100),
    postal_code VARCHAR(20),
    country_code CHAR(2) NOT NULL,
    is_default BOOLEAN NOT NULL DEFAULT FALSE,
    CONSTRAINT addresses_recipient_is_not_empty CHECK (recipient <> ''),
    CONSTRAINT addresses_line1_is_not_empty CHECK (line1 <> ''),
    CONSTRAINT addresses_city_is_not_empty CHECK (city <> ''),
    CONSTRAINT addresses_other_parts_are_not_empty
    CHECK (line2 <> '' AND region <> '' AND postal_code <> ''),
    CONSTRAINT addresses_country_is_iso_3166 CHECK (country_code ~ '^[A-Z]{2}$')
);
CREATE INDEX addresses_customer_id_idx ON addresses (customer_id);  -- serves the foreign key
CREATE UNIQUE INDEX addresses_one_default_per_customer
ON addresses (customer_id) WHERE is_default;

COMMENT ON TABLE addresses IS 'Addresses a customer may order to; at most one is the default.';
COMMENT ON COLUMN addresses.address_id IS 'Key.';
COMMENT ON COLUMN addresses.customer_id IS 'Whose address it is.';
COMMENT ON COLUMN addresses.recipient IS 'The name on the parcel.';
COMMENT ON COLUMN addresses.line1 IS 'Street and number.';
COMMENT ON COLUMN addresses.line2 IS 'Flat, floor, company; NULL where there is none.';
COMMENT ON COLUMN addresses.city IS 'Town or city.';
COMMENT ON COLUMN addresses.region IS 'State, county or province; NULL where there is none.';
COMMENT ON COLUMN addresses.postal_code IS 'NULL in countries that have none.';
COMMENT ON COLUMN addresses.country_code IS 'ISO 3166 code; decides the tax.';
COMMENT ON COLUMN addresses.is_default IS 'Taken when an order names no address.';
