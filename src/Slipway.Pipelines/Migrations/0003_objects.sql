CREATE TABLE pipeline_objects (
  run_id TEXT NOT NULL,
  digest TEXT NOT NULL,
  PRIMARY KEY (run_id, digest)
);

CREATE INDEX pipeline_objects_digest ON pipeline_objects (digest);
