-- Codes that make an order cheaper. Uses are counted, and the row locked, only where a limit is
-- set: a code for everybody is no bottleneck.

CREATE TABLE coupons (
    coupon_code CODE PRIMARY KEY,
    kind VARCHAR(10) NOT NULL,
    value AMOUNT NOT NULL,
    minimum_subtotal AMOUNT NOT NULL DEFAULT 0.00,
    valid_from DATE NOT NULL DEFAULT '2000-01-01',
    valid_until DATE,
    usage_limit INT,
    per_customer_limit INT,
    times_used INT NOT NULL DEFAULT 0,
    CONSTRAINT coupons_code_is_upper_case CHECK (coupon_code = upper(coupon_code)),
    CONSTRAINT coupons_code_is_clean_code CHECK (coupon_code = clean_code(coupon_code)),
    CONSTRAINT coupons_kind_is_known CHECK (kind IN ('percent', 'fixed')),
    CONSTRAINT coupons_value_is_positive CHECK (value > 0),
    CONSTRAINT coupons_percent_is_at_most_100 CHECK (kind <> 'percent' OR value <= 100),
    CONSTRAINT coupons_days_are_finite CHECK (isfinite(valid_from) AND isfinite(valid_until)),
    CONSTRAINT coupons_end_after_they_start CHECK (valid_until >= valid_from),
    CONSTRAINT coupons_usage_limit_is_positive CHECK (usage_limit > 0),
    CONSTRAINT coupons_per_customer_limit_is_positive CHECK (per_customer_limit > 0),
    CONSTRAINT coupons_use_is_within_limit CHECK (times_used >= 0 AND times_used <= usage_limit),
    CONSTRAINT coupons_use_is_counted_where_limited
    CHECK (times_used = 0 OR num_nonnulls(usage_limit, per_customer_limit) > 0)
) WITH (fillfactor = 50);  -- times_used stays heap-only

COMMENT ON TABLE coupons IS 'Discount codes.';
COMMENT ON COLUMN coupons.coupon_code IS 'What the customer types, stored upper-case.';
COMMENT ON COLUMN coupons.kind IS 'percent of the subtotal, or a fixed amount off it.';
COMMENT ON COLUMN coupons.value IS 'Per cent (15 is 15 %), or an amount in the store''s currency.';
COMMENT ON COLUMN coupons.valid_from IS 'First store day it can be used.';
COMMENT ON COLUMN coupons.valid_until IS 'Last store day it can be used; NULL = no end.';
COMMENT ON COLUMN coupons.usage_limit IS 'Orders it serves in all; NULL = no limit.';
COMMENT ON COLUMN coupons.per_customer_limit IS
'Orders it serves for one customer; NULL = no limit.';
COMMENT ON COLUMN coupons.times_used IS
'Orders that carry it, cancelled ones not counted; stays 0 where the code has no limit.';
