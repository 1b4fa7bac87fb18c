-- events: JSON array of "ENTITY.ACTION". status: ACTIVE or DISABLED.
CREATE TABLE registry_webhooks (
    namespace TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    url TEXT NOT NULL,
    events TEXT NOT NULL,
    secret TEXT NOT NULL,
    status TEXT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    PRIMARY KEY (namespace, id)
);

CREATE INDEX registry_webhooks_by_time ON registry_webhooks (namespace, created, id);

-- What is still to be sent, written in the transaction of the change itself. claimed_until: another sender may take it after that.
CREATE TABLE registry_deliveries (
    id TEXT PRIMARY KEY,
    namespace TEXT NOT NULL,
    webhook TEXT NOT NULL,
    event TEXT NOT NULL,
    payload TEXT NOT NULL,
    created BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    due BIGINT NOT NULL,
    claimed_until BIGINT NOT NULL,
    state TEXT NOT NULL,
    outcome TEXT NOT NULL
);

CREATE INDEX registry_deliveries_due ON registry_deliveries (state, due);
CREATE INDEX registry_deliveries_by_webhook ON registry_deliveries (namespace, webhook, created);
