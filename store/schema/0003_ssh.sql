-- What the prober and the bootstraps know of each instance.

-- For what a probe was made: what the instance's row said then. It says nothing of a row that says otherwise now.
ALTER TABLE ssh_probe ADD COLUMN host TEXT;
ALTER TABLE ssh_probe ADD COLUMN ssh_user TEXT;
ALTER TABLE ssh_probe ADD COLUMN ssh_port INTEGER CHECK (typeof(ssh_port) IN ('integer', 'null'));
ALTER TABLE ssh_probe ADD COLUMN running_since_ms INTEGER CHECK (typeof(running_since_ms) IN ('integer', 'null'));

ALTER TABLE host_key ADD COLUMN public_key TEXT;

-- The last bootstrap of each instance; `plan_sha256` tells plans apart.
CREATE TABLE bootstrap (
  bootstrap_key INTEGER PRIMARY KEY,
  credential_key INTEGER NOT NULL REFERENCES credential,
  cloud_id TEXT NOT NULL,
  plan_sha256 TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('started', 'done', 'failed')),
  attempts INTEGER NOT NULL CHECK (typeof(attempts) = 'integer'),
  started_at_ms INTEGER NOT NULL CHECK (typeof(started_at_ms) = 'integer'),
  finished_at_ms INTEGER CHECK (typeof(finished_at_ms) IN ('integer', 'null')),
  exit_status INTEGER CHECK (typeof(exit_status) IN ('integer', 'null')),
  output TEXT,
  error TEXT,
  UNIQUE (credential_key, cloud_id)
);
