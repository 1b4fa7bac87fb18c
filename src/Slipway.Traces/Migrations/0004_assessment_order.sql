-- Assessments of a trace are shown in the order they were written: several of one millisecond too.
ALTER TABLE traces_assessments ADD COLUMN position BIGINT NOT NULL DEFAULT 0;
