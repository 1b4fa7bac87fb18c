-- model '': the rules of the whole namespace. rules is JSON.
CREATE TABLE registry_gates (
    namespace TEXT NOT NULL,
    model TEXT NOT NULL,
    rules TEXT NOT NULL,
    actor TEXT NOT NULL,
    updated BIGINT NOT NULL,
    PRIMARY KEY (namespace, model)
);

-- kind: alias or stage; target: which one. findings: JSON, what the gate said when it was last asked. state: pending, approved, rejected, withdrawn.
CREATE TABLE registry_requests (
    namespace TEXT NOT NULL,
    model TEXT NOT NULL,
    number BIGINT NOT NULL,
    version BIGINT NOT NULL,
    kind TEXT NOT NULL,
    target TEXT NOT NULL,
    reason TEXT NOT NULL,
    actor TEXT NOT NULL,
    created BIGINT NOT NULL,
    state TEXT NOT NULL,
    findings TEXT NOT NULL,
    closed BIGINT,
    PRIMARY KEY (namespace, model, number)
);

-- One voice per person and request; the last one counts.
CREATE TABLE registry_votes (
    namespace TEXT NOT NULL,
    model TEXT NOT NULL,
    number BIGINT NOT NULL,
    actor TEXT NOT NULL,
    approves BIGINT NOT NULL,
    reason TEXT NOT NULL,
    time BIGINT NOT NULL,
    PRIMARY KEY (namespace, model, number, actor)
);

-- verdict: clean, suspicious, dangerous, unreadable. findings is JSON.
CREATE TABLE registry_scans (
    namespace TEXT NOT NULL,
    model TEXT NOT NULL,
    version BIGINT NOT NULL,
    verdict TEXT NOT NULL,
    findings TEXT NOT NULL,
    actor TEXT NOT NULL,
    time BIGINT NOT NULL,
    PRIMARY KEY (namespace, model, version)
);
