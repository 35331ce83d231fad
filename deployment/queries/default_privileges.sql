-- The default privileges of each role, in the store's schema or anywhere: each as the statement
-- that takes it out of the default, and the one that puts it back. What PostgreSQL itself gives to
-- everybody is part of the default, so that it may also be a grant that is put back, not a revoke.

WITH standing AS (
    SELECT
        pg_default_acl.*,
        CASE WHEN defaclnamespace = 0 THEN acldefault(
            CASE defaclobjtype WHEN 'S' THEN 's' ELSE defaclobjtype END, defaclrole
        ) END AS shipped
    FROM pg_default_acl
    WHERE defaclnamespace IN (0, to_regnamespace(current_setting('deploy.schema')))
),

entry AS (
    SELECT *
    FROM standing
    CROSS JOIN LATERAL (
        SELECT
            coalesce(held.grantee, shipped.grantee) AS grantee,
            coalesce(held.privilege_type, shipped.privilege_type) AS privilege_type,
            shipped.grantor IS NULL AS is_added,
            coalesce(held.is_grantable, shipped.is_grantable) AS is_grantable
        FROM aclexplode(defaclacl) AS held
        FULL JOIN
            aclexplode(shipped) AS shipped
            ON held.grantee = shipped.grantee AND held.privilege_type = shipped.privilege_type
        WHERE held.grantor IS NULL OR shipped.grantor IS NULL
    ) AS difference
)

SELECT
    defaclrole::REGROLE::TEXT AS role_name,
    quote_ident(current_user) AS oneself,
    format('%s GRANT %s%s', head, body, CASE WHEN is_grantable THEN ' WITH GRANT OPTION' END)
        AS give,
    format('%s REVOKE %s', head, replace(body, ' TO ', ' FROM ')) AS take,
    is_added
FROM entry
CROSS JOIN
    LATERAL format(
        'ALTER DEFAULT PRIVILEGES%s', ' IN SCHEMA ' || nullif(defaclnamespace, 0)::REGNAMESPACE
    ) AS head
CROSS JOIN LATERAL format(
    '%s ON %s TO %s', privilege_type,
    CASE defaclobjtype
        WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS'
        WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' ELSE 'LARGE OBJECTS'
    END, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::REGROLE::TEXT END
) AS body
