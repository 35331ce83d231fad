-- Whom ALTER DEFAULT PRIVILEGES has let into a new schema.

SELECT DISTINCT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::REGROLE::TEXT END
FROM pg_namespace
CROSS JOIN LATERAL aclexplode(nspacl)
WHERE nspname = current_setting('deploy.schema') AND grantee <> nspowner
