-- The event feed from where the last run ended: what this table holds is acknowledged with it, in
-- the same transaction, so that a run that fails begins where the one before it ended. A first run
-- takes what there is, and so does one with the table dropped and the consumer's name changed.

{{
    config(
        materialized='incremental',
        post_hook="SELECT acknowledge_order_events('dbt', (SELECT max(position) FROM {{ this }}))"
    )
}}

SELECT
    feed.position,
    feed.order_id,
    feed.action,
    feed.details,
    feed.performed_at
FROM read_order_events('dbt', 1000000) AS feed
{% if is_incremental() %}
    WHERE feed.position > (SELECT coalesce(max(kept.position), 0) FROM {{ this }} AS kept)
{% endif %}
