-- Is everything in the books as it must be? No row is the answer one wants.

CREATE OR REPLACE VIEW integrity_violations WITH (security_invoker = TRUE) AS
SELECT
    invariant,
    object,
    expected,
    actual
FROM check_integrity('-infinity');
COMMENT ON VIEW integrity_violations IS
'Stored figures that another fact contradicts; empty in a healthy store. It reads everything: for
a look every hour call check_integrity() with the instant of the last one.';
COMMENT ON COLUMN integrity_violations.invariant IS 'Such as on_hand_equals_movements.';
COMMENT ON COLUMN integrity_violations.object IS 'Such as product 17, or order 1001 line 2.';
COMMENT ON COLUMN integrity_violations.expected IS 'What the other fact says.';
COMMENT ON COLUMN integrity_violations.actual IS 'What is stored.';
