CREATE TABLE pipeline_trigger_cursor (
  name TEXT NOT NULL PRIMARY KEY,
  sequence BIGINT NOT NULL
);

CREATE TABLE pipeline_webhook_deliveries (
  trigger_uid TEXT NOT NULL,
  delivery TEXT NOT NULL,
  received BIGINT NOT NULL,
  PRIMARY KEY (trigger_uid, delivery)
);

CREATE INDEX pipeline_webhook_deliveries_age ON pipeline_webhook_deliveries (received);
