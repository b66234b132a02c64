-- What is written beside the syncers: operations, SSH probes, host keys; and how far retention has come.

CREATE TABLE operation (
  operation_key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  credential_key INTEGER NOT NULL REFERENCES credential,
  ref_id TEXT,
  cloud_id TEXT,
  state TEXT NOT NULL CHECK (state IN ('started', 'succeeded', 'failed', 'unknown', 'adopted', 'cleaned_up')),
  created_at_ms INTEGER NOT NULL CHECK (typeof(created_at_ms) = 'integer'),
  finished_at_ms INTEGER CHECK (typeof(finished_at_ms) IN ('integer', 'null')),
  error_kind TEXT,
  error TEXT
);

-- The last probe of each instance; the events tell of the changes between.
CREATE TABLE ssh_probe (
  credential_key INTEGER NOT NULL REFERENCES credential,
  cloud_id TEXT NOT NULL,
  at_ms INTEGER NOT NULL CHECK (typeof(at_ms) = 'integer'),
  stage TEXT NOT NULL CHECK (stage IN ('dns', 'tcp', 'banner', 'kex', 'host_key', 'auth', 'exec')),
  is_ok INTEGER NOT NULL CHECK (is_ok IN (0, 1)),
  error TEXT,
  total_ms INTEGER NOT NULL,
  dns_ms INTEGER,
  tcp_ms INTEGER,
  banner_ms INTEGER,
  kex_ms INTEGER,
  host_key_ms INTEGER,
  auth_ms INTEGER,
  exec_ms INTEGER,
  PRIMARY KEY (credential_key, cloud_id)
) WITHOUT ROWID;

CREATE TABLE host_key (
  credential_key INTEGER NOT NULL REFERENCES credential,
  cloud_id TEXT NOT NULL,
  key_type TEXT NOT NULL,
  fingerprint_sha256 TEXT NOT NULL,
  first_seen_at_ms INTEGER NOT NULL CHECK (typeof(first_seen_at_ms) = 'integer'),
  state TEXT NOT NULL CHECK (state IN ('pinned', 'changed', 'trusted')),
  PRIMARY KEY (credential_key, cloud_id, key_type, fingerprint_sha256)
) WITHOUT ROWID;

-- Events up to this one are pruned: of each subject with tracked fields one is left, its baseline.
CREATE TABLE retention (
  pruned_event_id INTEGER NOT NULL
);
INSERT INTO retention VALUES (0);

CREATE TABLE baseline (
  credential_key INTEGER NOT NULL,
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  event_id INTEGER NOT NULL,
  PRIMARY KEY (credential_key, subject_kind, subject_id)
) WITHOUT ROWID;

-- Machines that several credentials of a tenant see.
CREATE INDEX instance_cloud_id ON instance (cloud_id);

-- The GPU of an instance's type, without reading the type's wide row: at 100,000 instances this halves the views.
CREATE INDEX instance_type_gpu ON instance_type (credential_key, instance_type_id, gpu_name, gpu_count);
