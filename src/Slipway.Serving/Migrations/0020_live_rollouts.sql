-- Every decision of a Rollout, in order, with what it was based on. state is what the rollout stands at afterwards (JSON): the routes of every replica
-- follow the newest row.
CREATE TABLE serving_release_decisions (
    rollout_uid TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    namespace TEXT NOT NULL,
    service TEXT NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    evidence TEXT NOT NULL,
    state TEXT NOT NULL,
    time BIGINT NOT NULL,
    PRIMARY KEY (rollout_uid, sequence)
);

-- What each replica measured of each revision since the present step of a rollout began. figures are sums (JSON), so that replicas add up.
CREATE TABLE serving_trial_figures (
    namespace TEXT NOT NULL,
    service TEXT NOT NULL,
    epoch TEXT NOT NULL,
    revision BIGINT NOT NULL,
    replica TEXT NOT NULL,
    figures TEXT NOT NULL,
    updated BIGINT NOT NULL,
    PRIMARY KEY (namespace, service, epoch, revision, replica)
);
