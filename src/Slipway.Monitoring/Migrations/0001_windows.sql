-- One row per evaluated window of a monitor, added in the transaction that appends its event. body is the whole result as JSON.
-- monitor_uid tells a monitor from an earlier one of the same name, whose rows are removed.
CREATE TABLE monitor_windows (
    namespace TEXT NOT NULL,
    monitor TEXT NOT NULL,
    number BIGINT NOT NULL,
    monitor_uid TEXT NOT NULL,
    from_time BIGINT NOT NULL,
    until_time BIGINT NOT NULL,
    evaluated BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (namespace, monitor, number)
);
