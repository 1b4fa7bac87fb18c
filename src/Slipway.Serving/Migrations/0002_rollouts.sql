-- Every decision of a promotion policy, in order. state is what the rollout stands at afterwards (JSON); carried_out turns 1 once aliases and the
-- inference service follow it. The primary key makes a decision that is taken again after a crash the same row.
CREATE TABLE serving_rollout_decisions (
    policy_uid TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    namespace TEXT NOT NULL,
    policy TEXT NOT NULL,
    model TEXT NOT NULL,
    kind TEXT NOT NULL,
    phase_before TEXT NOT NULL,
    version BIGINT NOT NULL,
    from_version BIGINT NOT NULL,
    percent BIGINT NOT NULL,
    monitor_window BIGINT NOT NULL,
    reason TEXT NOT NULL,
    state TEXT NOT NULL,
    carried_out BIGINT NOT NULL,
    time BIGINT NOT NULL,
    PRIMARY KEY (policy_uid, sequence)
);
