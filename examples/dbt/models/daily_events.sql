-- How often what happened on which day.

SELECT
    date_trunc('day', performed_at, 'UTC') AS day,
    action,
    count(*) AS events
FROM {{ ref('order_events') }}
GROUP BY date_trunc('day', performed_at, 'UTC'), action
