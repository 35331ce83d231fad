-- Where a customer has parcels sent. Orders keep a copy of their own, so an address may be changed
-- or deleted at any time. The customer's row says which is the default, so there are never two.

CREATE TABLE addresses (
    address_id INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id INT NOT NULL REFERENCES customers (customer_id),
    recipient LABEL NOT NULL,
    company LABEL,
    vat_id CODE,
    line1 LABEL NOT NULL,
    line2 LABEL,
    city LABEL NOT NULL,
    region LABEL,
    region_code REGION_CODE,
    postal_code CODE,
    country_code COUNTRY_CODE NOT NULL REFERENCES countries (country_code),
    -- customers.default_address_id refers to this key; leading with customer_id, it also serves
    -- that foreign key.
    UNIQUE (customer_id, address_id),
    CONSTRAINT addresses_region_code_is_not_empty CHECK (region_code <> '')
);
CREATE INDEX addresses_country_code_idx ON addresses (country_code);  -- serves the foreign key

ALTER TABLE customers ADD CONSTRAINT customers_default_address_id_fkey
FOREIGN KEY (customer_id, default_address_id) REFERENCES addresses (customer_id, address_id)
ON DELETE SET NULL (default_address_id);

COMMENT ON TABLE addresses IS 'Addresses a customer may order to.';
COMMENT ON COLUMN addresses.recipient IS 'The name on the parcel.';
COMMENT ON COLUMN addresses.company IS 'NULL for a private person.';
COMMENT ON COLUMN addresses.vat_id IS 'The company''s VAT number, for its invoices.';
COMMENT ON COLUMN addresses.line1 IS 'Street and number.';
COMMENT ON COLUMN addresses.line2 IS 'Flat or floor; NULL where there is none.';
COMMENT ON COLUMN addresses.region IS 'State, county or province as it is written on a parcel.';
COMMENT ON COLUMN addresses.region_code IS
'ISO 3166-2 without the country, for the tax; an order needs it where regions tax differently.';
COMMENT ON COLUMN addresses.postal_code IS 'NULL in countries that have none.';
COMMENT ON COLUMN addresses.country_code IS 'Decides the tax.';
