-- The store the file comes from: in the United Kingdom, on London's clock, in pounds, its prices
-- without tax. Set before the first order, which fixes the currency. It issues no documents: the
-- wholesaler's own till gave these sales their invoices.

UPDATE store_settings
SET
    time_zone = 'Europe/London',
    currency = 'GBP',
    country_code = 'GB',
    region_code = '',
    prices_include_tax = FALSE;
