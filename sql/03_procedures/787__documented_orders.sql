-- What a document settles: since when the store issues them, and when an order was placed of which
-- there is one. No CHECK sees another table, hence triggers; they take turns with whoever issues.

CREATE OR REPLACE FUNCTION _refuse_other_documents_from() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $_refuse_other_documents_from$
BEGIN
    -- A statement that waited would keep others waiting for the settings.
    BEGIN
        PERFORM FROM watermarks WHERE name = 'documents' FOR NO KEY UPDATE NOWAIT;
    EXCEPTION
        WHEN lock_not_available THEN
            RAISE EXCEPTION 'documents are being issued'
            USING ERRCODE = 'lock_not_available',
                HINT = 'Change documents_from again in a moment; all else may change meanwhile.';
    END;
    -- Without it they are another system's, brought along by a store that moves in.
    IF old.documents_from IS NOT NULL AND EXISTS (SELECT FROM documents) THEN
        RAISE EXCEPTION 'documents have been issued since %', old.documents_from
        USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = jsonb_build_object(
                'documents_from', old.documents_from, 'new', new.documents_from
            ),
            HINT = 'Leave it: what was supplied since then has its documents, or gets them.';
    END IF;
    -- Orders it did not look at before may be due now.
    UPDATE watermarks SET snapshot = NULL, system_identifier = NULL WHERE name = 'documents';
    RETURN new;
END;
$_refuse_other_documents_from$;
REVOKE EXECUTE ON FUNCTION _refuse_other_documents_from() FROM PUBLIC;
COMMENT ON FUNCTION _refuse_other_documents_from() IS
'Trigger: raises 55000 when documents_from would change, once set, in a store that has a document,
and 55P03 beside one who issues them.';

-- A trigger of the statement: it waits before the first order is locked, so no order waits with it.
CREATE OR REPLACE FUNCTION _wait_for_issuers() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $_wait_for_issuers$
BEGIN
    -- Waits for an issuer, and not for others who redate.
    PERFORM FROM watermarks WHERE name = 'documents' FOR SHARE;
    RETURN NULL;
END;
$_wait_for_issuers$;
REVOKE EXECUTE ON FUNCTION _wait_for_issuers() FROM PUBLIC;
COMMENT ON FUNCTION _wait_for_issuers() IS
'Trigger: waits until nobody issues documents; nobody can then until the transaction ends.';

CREATE OR REPLACE FUNCTION _refuse_redating_documented() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $_refuse_redating_documented$
BEGIN
    IF EXISTS (SELECT FROM documents WHERE documents.order_id = old.order_id) THEN
        RAISE EXCEPTION 'order % has a document and stays dated %', old.order_id, old.created_at
        USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = jsonb_build_object(
                'order_id', old.order_id, 'created_at', old.created_at, 'new', new.created_at
            ),
            HINT = 'Date imported orders before documents are issued for them.';
    END IF;
    RETURN new;
END;
$_refuse_redating_documented$;
REVOKE EXECUTE ON FUNCTION _refuse_redating_documented() FROM PUBLIC;
COMMENT ON FUNCTION _refuse_redating_documented() IS
'Trigger: raises 55000 for another created_at of an order that has a document.';
