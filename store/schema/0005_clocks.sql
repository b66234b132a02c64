-- What bounded views and pruning look things up by, and what a probe was sent to.

-- Since when probes of this run at this address have failed; to whom the last one went.
ALTER TABLE ssh_probe ADD COLUMN failing_since_ms INTEGER CHECK (typeof(failing_since_ms) IN ('integer', 'null'));
ALTER TABLE ssh_probe ADD COLUMN probed_user TEXT;
ALTER TABLE ssh_probe ADD COLUMN probed_port INTEGER CHECK (typeof(probed_port) IN ('integer', 'null'));
UPDATE ssh_probe SET failing_since_ms = at_ms WHERE is_ok = 0;

-- The events of one subject, newest first: event_id follows in every index.
CREATE INDEX event_subject ON event (subject_id) WHERE subject_id IS NOT NULL;

-- The live ones, in the table's order, without reading those that ended. The expression is that of the views'
-- is_ended, so that a reader's `is_ended = 0` finds it, too.
CREATE INDEX instance_live ON instance (CASE WHEN ended_at_ms IS NULL THEN 0 ELSE 1 END);
CREATE INDEX instance_live_listing ON instance (listing_key) WHERE ended_at_ms IS NULL;

-- As it was, and found before instance_live by who asks for both.
DROP INDEX instance_cloud_id;
CREATE INDEX instance_cloud_id ON instance (cloud_id, CASE WHEN ended_at_ms IS NULL THEN 0 ELSE 1 END);

-- Whether anything still names a type.
CREATE INDEX instance_of_type ON instance (credential_key, instance_type_id);

-- What is subtracted from the time that a machine cost.
CREATE INDEX status_stopped ON status_change (status, instance_key) WHERE status = 'stopped';

CREATE INDEX problem_ended ON problem (ended_at_ms) WHERE ended_at_ms IS NOT NULL;
