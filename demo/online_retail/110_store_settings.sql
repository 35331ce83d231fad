-- The store the file comes from: in the United Kingdom, on London's clock, in pounds. Set before
-- the first order, which fixes the currency.

UPDATE store_settings
SET time_zone = 'Europe/London', currency = 'GBP', country_code = 'GB';
