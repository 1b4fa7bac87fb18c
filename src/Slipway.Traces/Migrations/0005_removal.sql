-- Up to which event the removals of experiments have been followed.
CREATE TABLE traces_marks (
    name TEXT PRIMARY KEY,
    sequence BIGINT NOT NULL
);
