-- No constraint can see a cycle, and two sessions can make one that neither sees: A under B while
-- B goes under A. So re-parentings take turns, and each then walks up to its root.

CREATE OR REPLACE FUNCTION _take_turns_at_category_tree() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $_take_turns_at_category_tree$
BEGIN
    -- Before any row lock: taken later, two re-parentings that hold each other's rows (the unique
    -- name makes each a key update) would deadlock. No advisory lock: anybody could hold that. This
    -- one meets only its own kind and, for a moment, a vacuum of its few rows.
    LOCK TABLE category_orders_rollup IN SHARE UPDATE EXCLUSIVE MODE;
    RETURN NULL;
END;
$_take_turns_at_category_tree$;
REVOKE EXECUTE ON FUNCTION _take_turns_at_category_tree() FROM PUBLIC;
COMMENT ON FUNCTION _take_turns_at_category_tree() IS
'Trigger: one re-parenting at a time, until its transaction ends.';

CREATE OR REPLACE FUNCTION _refuse_category_cycle() RETURNS TRIGGER
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_refuse_category_cycle$
DECLARE
    v_ancestor_id INT := new.parent_id;
BEGIN
    WHILE v_ancestor_id IS NOT NULL LOOP
        IF v_ancestor_id = new.category_id THEN
            RAISE EXCEPTION 'category % would be its own ancestor', new.category_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'categories_have_no_cycle',
                DETAIL = jsonb_build_object(
                    'category_id', new.category_id, 'parent_id', new.parent_id
                ),
                HINT = 'Move the descendant out of this category first.';
        END IF;
        -- The lock makes REPEATABLE READ fail with 40001 where its snapshot is too old to judge.
        SELECT parent_id INTO v_ancestor_id
        FROM categories WHERE category_id = v_ancestor_id FOR KEY SHARE;
    END LOOP;
    RETURN NULL;
END;
$_refuse_category_cycle$;
REVOKE EXECUTE ON FUNCTION _refuse_category_cycle() FROM PUBLIC;
COMMENT ON FUNCTION _refuse_category_cycle() IS
'Trigger: raises 23514 (categories_have_no_cycle) when a category would be its own ancestor, 40001
at REPEATABLE READ where its snapshot is too old to tell.';
