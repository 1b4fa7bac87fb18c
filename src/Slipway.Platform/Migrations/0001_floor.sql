-- The event log. One row per thing that happened; rows are only ever added. hash chains each row to the one before it.
CREATE TABLE events (
    sequence BIGINT NOT NULL PRIMARY KEY,
    time BIGINT NOT NULL,
    type TEXT NOT NULL,
    namespace TEXT NOT NULL,
    subject TEXT NOT NULL,
    actor TEXT NOT NULL,
    payload BYTEA NOT NULL,
    hash TEXT NOT NULL
);

CREATE INDEX events_by_subject ON events (subject, sequence);

-- One row: the newest event, so that a log cut off at its end shows as well. Changed in the transaction that appends.
CREATE TABLE event_head (
    id BIGINT NOT NULL PRIMARY KEY,
    sequence BIGINT NOT NULL,
    hash TEXT NOT NULL
);

INSERT INTO event_head (id, sequence, hash) VALUES (1, 0, '');

-- Exclusive, expiring ownership. token grows with every change of holder; the row stays after release so that it never falls back.
CREATE TABLE leases (
    name TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    token BIGINT NOT NULL,
    until BIGINT NOT NULL
);
