-- _round_quotient: a share is rounded half up, from the true quotient, however large the amount.
BEGIN;
SELECT plan(7);

SELECT
    is(
        _round_quotient(dividend, divisor, decimals), quotient,
        format('%s by %s is %s', dividend, divisor, quotient)
    )
FROM (
    VALUES
    -- A third, two thirds, and half a cent.
    (1.00, 3, 2, 0.33), (2.00, 3, 2, 0.67), (0.01, 2, 2, 0.01), (0.03, 2, 2, 0.02),
    -- Half a cent less a 2,000,000,000,000th of one, which NUMERIC's own division takes for a half.
    (999999999817000000.0049, 9999999999.67, 2, 99999999.98),
    -- Yen: half of one, and less.
    (1, 2, 0, 1), (1, 3, 0, 0)
) AS share (dividend, divisor, decimals, quotient);

SELECT * FROM finish();
ROLLBACK;
