-- The journal of operations. Never bodies, keys or user data: the digest tells whether two requests are the same.

ALTER TABLE operation ADD COLUMN request_sha256 TEXT;
ALTER TABLE operation ADD COLUMN generation INTEGER NOT NULL DEFAULT 0 CHECK (typeof(generation) = 'integer');
ALTER TABLE operation ADD COLUMN location TEXT;
ALTER TABLE operation ADD COLUMN sub_location TEXT;
ALTER TABLE operation ADD COLUMN type TEXT;
ALTER TABLE operation ADD COLUMN is_spot INTEGER NOT NULL DEFAULT 0 CHECK (is_spot IN (0, 1));
ALTER TABLE operation ADD COLUMN price_nanos INTEGER CHECK (typeof(price_nanos) IN ('integer', 'null'));
ALTER TABLE operation ADD COLUMN currency TEXT;
-- Of a create: when its machine first ran, or was ended on purpose; from then on it can not fail late.
ALTER TABLE operation ADD COLUMN settled_at_ms INTEGER CHECK (typeof(settled_at_ms) IN ('integer', 'null'));
CREATE INDEX operation_ref ON operation (credential_key, ref_id);
CREATE INDEX operation_open ON operation (credential_key) WHERE finished_at_ms IS NULL;

-- The calls that an operation made, each written before it is made.
CREATE TABLE operation_attempt (
  operation_key INTEGER NOT NULL REFERENCES operation,
  number INTEGER NOT NULL CHECK (typeof(number) = 'integer'),
  token TEXT,
  sub_location TEXT,
  image_id TEXT,
  begun_at_ms INTEGER NOT NULL CHECK (typeof(begun_at_ms) = 'integer'),
  ended_at_ms INTEGER CHECK (typeof(ended_at_ms) IN ('integer', 'null')),
  outcome TEXT NOT NULL CHECK (outcome IN ('begun', 'refused', 'unknown', 'partly', 'answered')),
  error_kind TEXT,
  error TEXT,
  PRIMARY KEY (operation_key, number)
) WITHOUT ROWID;

-- What a create made beside its machine, and what became of it.
CREATE TABLE operation_resource (
  operation_key INTEGER NOT NULL REFERENCES operation,
  kind TEXT NOT NULL,
  vendor_id TEXT NOT NULL,
  name TEXT,
  location TEXT,
  state TEXT NOT NULL CHECK (state IN ('made', 'in_use', 'removing', 'removed', 'kept')),
  error TEXT,
  PRIMARY KEY (operation_key, kind, vendor_id)
) WITHOUT ROWID;
CREATE INDEX operation_resource_open ON operation_resource (operation_key) WHERE state <> 'removed';

-- What could not be had for want of resources, until then at the latest.
CREATE TABLE hold (
  credential_key INTEGER NOT NULL REFERENCES credential,
  type TEXT NOT NULL,
  location TEXT NOT NULL,
  sub_location TEXT NOT NULL,
  usage_class TEXT NOT NULL CHECK (usage_class IN ('on-demand', 'spot')),
  since_ms INTEGER NOT NULL CHECK (typeof(since_ms) = 'integer'),
  until_ms INTEGER NOT NULL CHECK (typeof(until_ms) = 'integer'),
  PRIMARY KEY (credential_key, type, location, sub_location, usage_class)
) WITHOUT ROWID;

-- When machines are to be ended.
CREATE TABLE retirement (
  credential_key INTEGER NOT NULL REFERENCES credential,
  cloud_id TEXT NOT NULL,
  retire_at_ms INTEGER NOT NULL CHECK (typeof(retire_at_ms) = 'integer'),
  told INTEGER NOT NULL CHECK (typeof(told) = 'integer'),
  PRIMARY KEY (credential_key, cloud_id)
) WITHOUT ROWID;
