CREATE TABLE loops (
  uid TEXT NOT NULL PRIMARY KEY,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  phase TEXT NOT NULL,
  step BIGINT NOT NULL,
  steps BIGINT NOT NULL,
  at BIGINT NOT NULL,
  sent BIGINT NOT NULL,
  failed BIGINT NOT NULL,
  planted BIGINT NOT NULL,
  event_cursor BIGINT NOT NULL,
  micros BIGINT NOT NULL,
  message TEXT NOT NULL
);

CREATE TABLE loop_windows (
  uid TEXT NOT NULL,
  position BIGINT NOT NULL,
  label TEXT NOT NULL,
  rows BIGINT NOT NULL,
  static_metric DOUBLE PRECISION,
  loop_metric DOUBLE PRECISION,
  oracle_metric DOUBLE PRECISION,
  version BIGINT NOT NULL,
  PRIMARY KEY (uid, position)
);

CREATE TABLE loop_journal (
  uid TEXT NOT NULL,
  sequence BIGINT NOT NULL,
  at BIGINT NOT NULL,
  kind TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (uid, sequence)
);
