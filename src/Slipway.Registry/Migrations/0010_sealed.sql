-- 1 when the secret is sealed with the server's key; the server seals older ones when it starts.
ALTER TABLE registry_webhooks ADD COLUMN sealed BIGINT NOT NULL DEFAULT 0;

ALTER TABLE registry_keys ADD COLUMN sealed BIGINT NOT NULL DEFAULT 0;
