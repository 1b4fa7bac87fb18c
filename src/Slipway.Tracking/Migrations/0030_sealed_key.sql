-- 1 when the key is sealed with the server's own; the server seals an older one when it is first used.
ALTER TABLE tracking_artifact_keys ADD COLUMN sealed BIGINT NOT NULL DEFAULT 0;
