-- Runs by their name. Only the beginning: PostgreSQL takes no more than 2,700 bytes into an index.
CREATE INDEX tracking_runs_by_name ON tracking_runs (experiment, substr(name, 1, 100));

-- Runs by a parameter or tag, for a million of them. SQLite looks a run's own values up instead, and would only pay for the indexes.
/* PostgreSQL: CREATE INDEX tracking_params_by_value ON tracking_params (key, substr(value, 1, 100), run); */
/* PostgreSQL: CREATE INDEX tracking_tags_by_value ON tracking_tags (key, substr(value, 1, 100), run); */
