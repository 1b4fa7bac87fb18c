-- Ids of experiments that were removed for good are not given out again: clients and artifact paths may still know them.
CREATE TABLE tracking_counters (
    name TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);

-- The children of a run, by the tag in which MLflow's clients name the parent.
CREATE INDEX tracking_tags_by_parent ON tracking_tags (value) WHERE key = 'mlflow.parentRunId';
