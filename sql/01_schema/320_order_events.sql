-- Where the event feed stands. An event's position is given when a reader first finds it
-- committed: positions have no gaps, a late commit gets a late one, and acknowledging is a number
-- that cannot lie.

CREATE TABLE order_event_positions (
    position BIGINT PRIMARY KEY,
    event_id BIGINT NOT NULL UNIQUE REFERENCES order_audit (id),
    CONSTRAINT order_event_positions_start_at_one CHECK (position > 0)
);

CREATE TRIGGER order_event_positions_are_append_only
BEFORE UPDATE OR DELETE ON order_event_positions
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(
    'an event keeps its position', 'Acknowledge it instead.'
);

CREATE TABLE order_event_consumers (
    consumer LABEL PRIMARY KEY,
    acknowledged_position BIGINT NOT NULL DEFAULT 0,
    acknowledged_at INSTANT NOT NULL DEFAULT now(),
    CONSTRAINT order_event_consumers_position_is_not_negative CHECK (acknowledged_position >= 0)
);

COMMENT ON TABLE order_event_positions IS 'Append-only: the order in which events are handed out.';
COMMENT ON COLUMN order_event_positions.position IS 'Place in the feed, from 1, without gaps.';
COMMENT ON TABLE order_event_consumers IS 'How far each consumer of the feed has come.';
COMMENT ON COLUMN order_event_consumers.acknowledged_position IS 'Everything up to it was handled.';
