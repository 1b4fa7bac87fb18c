-- What is wanted now. kind is apiVersion/plural; version is the sequence number of the event of the last change, and stands outside the body
-- (the body is the event's payload, byte for byte). deleting is 1 from the moment deletion was asked for.
CREATE TABLE resources (
    kind TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    uid TEXT NOT NULL,
    version BIGINT NOT NULL,
    deleting BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, namespace, name)
);

CREATE UNIQUE INDEX resources_by_uid ON resources (uid);
CREATE INDEX resources_by_namespace ON resources (namespace, kind, name);
CREATE INDEX resources_deleting ON resources (uid) WHERE deleting = 1;

-- Replaced and deleted bodies for as long as somebody may page through, or resume a watch of, an older moment.
CREATE TABLE resource_history (
    kind TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    valid_from BIGINT NOT NULL,
    valid_until BIGINT NOT NULL,
    replaced_at BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, namespace, name, valid_from)
);

CREATE INDEX resource_history_by_end ON resource_history (kind, valid_until);
CREATE INDEX resource_history_by_age ON resource_history (replaced_at);

-- ownerReferences turned round: who goes when an owner goes.
CREATE TABLE resource_owners (
    owner_uid TEXT NOT NULL,
    kind TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (owner_uid, kind, namespace, name)
);

CREATE INDEX resource_owners_by_dependent ON resource_owners (kind, namespace, name);

-- One row: moments before version can no longer be read.
CREATE TABLE resource_horizon (
    id BIGINT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL
);

INSERT INTO resource_horizon (id, version) VALUES (1, 0);
