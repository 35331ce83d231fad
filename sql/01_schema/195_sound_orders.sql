-- How an order's columns must agree. The rules are a domain's and not the table's: PostgreSQL reads
-- a table's anew for every statement, which was a third of what placing an order cost, and a
-- domain's once a session. The domain has a type of its own, since over the table's row type it
-- would bar the table from new columns with a default. A rule about one column's form is that
-- column's domain.

CREATE TYPE ORDER_FIGURES AS (
    status VARCHAR,
    decimals INT,
    prices_include_tax BOOLEAN,
    subtotal AMOUNT,
    discount AMOUNT,
    shipping_fee AMOUNT,
    shipping_tax_rate SHARE,
    shipping_tax AMOUNT,
    tax AMOUNT,
    total AMOUNT,
    paid_amount AMOUNT,
    refunded_amount AMOUNT,
    charged_back_amount AMOUNT,
    credited_amount AMOUNT,
    coupon_code CODE,
    ship_to ADDRESS_SNAPSHOT,
    ship_to_country COUNTRY_CODE,
    request_hash BYTEA,
    expires_at INSTANT,
    released_at INSTANT,
    release_reason REASON,
    written_off_at INSTANT,
    write_off_reason REASON,
    cancelled_at INSTANT,
    cancel_reason REASON
);
COMMENT ON TYPE order_figures IS 'The columns of orders that agree with each other.';

CREATE DOMAIN sound_order AS ORDER_FIGURES
CONSTRAINT orders_status_is_known CHECK (
    (value).status IN ('pending', 'paid', 'shipped', 'delivered', 'returned', 'cancelled')
)
CONSTRAINT orders_decimals_are_two_or_none CHECK ((value).decimals IN (0, 2))
CONSTRAINT orders_price_has_its_decimals CHECK (
    (value).decimals = 2
    OR (
        (value).subtotal, (value).discount, (value).shipping_fee, (value).shipping_tax, (value).tax
    ) = (
        trunc((value).subtotal), trunc((value).discount), trunc((value).shipping_fee),
        trunc((value).shipping_tax), trunc((value).tax)
    )
)
CONSTRAINT orders_money_has_its_decimals CHECK (
    (value).decimals = 2
    OR (
        (value).paid_amount, (value).refunded_amount, (value).charged_back_amount,
        (value).credited_amount
    ) = (
        trunc((value).paid_amount), trunc((value).refunded_amount),
        trunc((value).charged_back_amount), trunc((value).credited_amount)
    )
)
CONSTRAINT orders_discount_is_within_subtotal CHECK ((value).discount <= (value).subtotal)
CONSTRAINT orders_discount_has_a_coupon
CHECK ((value).discount = 0 OR (value).coupon_code IS NOT NULL)
-- _tax_of() written out: a function would be planned anew for every order placed.
CONSTRAINT orders_shipping_tax_follows_its_rate CHECK (
    (value).shipping_tax = CASE
        WHEN (value).prices_include_tax
            THEN
                (value).shipping_fee
                - round((value).shipping_fee / (1 + (value).shipping_tax_rate), (value).decimals)
        ELSE round((value).shipping_fee * (value).shipping_tax_rate, (value).decimals)
    END
)
CONSTRAINT orders_tax_covers_shipping_tax CHECK ((value).tax >= (value).shipping_tax)
CONSTRAINT orders_refunds_and_chargebacks_are_within_payments CHECK (
    (value).refunded_amount <= (value).paid_amount
    AND (value).charged_back_amount <= (value).paid_amount
)
CONSTRAINT orders_credits_are_within_total CHECK ((value).credited_amount <= (value).total)
CONSTRAINT orders_ship_to_is_in_its_country CHECK (
    (value).ship_to IS NULL
    OR (value).ship_to ->> 'country_code' IS NOT DISTINCT FROM (value).ship_to_country
)
CONSTRAINT orders_request_hash_is_sha256 CHECK (octet_length((value).request_hash) = 32)
CONSTRAINT orders_cancelled_ones_say_when
CHECK (((value).status = 'cancelled') = ((value).cancelled_at IS NOT NULL))
CONSTRAINT orders_reasons_belong_to_what_was_done CHECK (
    ((value).cancel_reason IS NULL OR (value).cancelled_at IS NOT NULL)
    AND ((value).release_reason IS NULL OR (value).released_at IS NOT NULL)
    AND ((value).write_off_reason IS NULL OR (value).written_off_at IS NOT NULL)
)
CONSTRAINT orders_released_ones_do_not_expire
CHECK ((value).released_at IS NULL OR (value).expires_at IS NULL);
COMMENT ON DOMAIN sound_order IS
'Columns of orders that agree. A rule added here holds for old rows only once the constraint
orders_are_sound has been made anew.';
REVOKE USAGE ON TYPE order_figures, sound_order FROM PUBLIC;
