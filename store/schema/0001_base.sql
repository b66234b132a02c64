-- The base tables, private to tallyd: names and columns may change with any migration. Tools read the views.
-- Ordinary tables with CHECKs instead of STRICT ones, and nothing that needs an SQLite newer than 3.31.

CREATE TABLE credential (
  credential_key INTEGER PRIMARY KEY,
  ref TEXT NOT NULL UNIQUE CHECK (typeof(ref) = 'text'),
  provider TEXT NOT NULL,
  tenant_id TEXT,
  api_type TEXT NOT NULL CHECK (api_type IN ('global', 'locational')),
  capabilities TEXT NOT NULL CHECK (json_valid(capabilities)),
  is_read_only INTEGER NOT NULL CHECK (is_read_only IN (0, 1)),
  first_seen_at_ms INTEGER NOT NULL CHECK (typeof(first_seen_at_ms) = 'integer'),
  removed_at_ms INTEGER CHECK (typeof(removed_at_ms) IN ('integer', 'null'))
);

-- One question that is asked again and again. Rows point to the listing that vouches for them, so that an unchanged
-- poll writes here only.
CREATE TABLE listing (
  listing_key INTEGER PRIMARY KEY,
  credential_key INTEGER NOT NULL REFERENCES credential,
  syncer TEXT NOT NULL CHECK (syncer IN ('instance_types', 'instances')),
  location TEXT NOT NULL,
  last_attempt_at_ms INTEGER CHECK (typeof(last_attempt_at_ms) IN ('integer', 'null')),
  last_success_at_ms INTEGER CHECK (typeof(last_success_at_ms) IN ('integer', 'null')),
  failing_since_ms INTEGER CHECK (typeof(failing_since_ms) IN ('integer', 'null')),
  last_error_kind TEXT,
  last_error TEXT,
  duration_ms INTEGER NOT NULL DEFAULT 0,
  items INTEGER NOT NULL DEFAULT 0,
  skipped_ticks INTEGER NOT NULL DEFAULT 0,
  interval_ms INTEGER NOT NULL DEFAULT 0,
  UNIQUE (credential_key, syncer, location)
);

CREATE TABLE location (
  location_key INTEGER PRIMARY KEY,
  credential_key INTEGER NOT NULL REFERENCES credential,
  name TEXT NOT NULL,
  description TEXT,
  is_available INTEGER NOT NULL CHECK (is_available IN (0, 1)),
  endpoint TEXT,
  priority INTEGER NOT NULL,
  country TEXT,
  absences INTEGER NOT NULL CHECK (typeof(absences) = 'integer'),
  is_listed INTEGER NOT NULL CHECK (is_listed IN (0, 1)),
  is_confirmed INTEGER NOT NULL CHECK (is_confirmed IN (0, 1)),
  first_seen_at_ms INTEGER NOT NULL,
  seen_at_ms INTEGER NOT NULL,
  UNIQUE (credential_key, name)
);

CREATE TABLE instance_type (
  instance_type_key INTEGER PRIMARY KEY,
  credential_key INTEGER NOT NULL REFERENCES credential,
  listing_key INTEGER NOT NULL REFERENCES listing,
  instance_type_id TEXT NOT NULL CHECK (typeof(instance_type_id) = 'text' AND instance_type_id <> ''),
  provider TEXT,
  cloud TEXT,
  type TEXT,
  location TEXT,
  sub_location TEXT,
  available_azs TEXT CHECK (json_valid(available_azs)),
  vcpu INTEGER CHECK (typeof(vcpu) IN ('integer', 'null')),
  memory_bytes INTEGER CHECK (typeof(memory_bytes) IN ('integer', 'null')),
  architectures TEXT CHECK (json_valid(architectures)),
  gpu_name TEXT,  -- of the first GPU, which is the primary one
  gpu_count INTEGER CHECK (typeof(gpu_count) IN ('integer', 'null')),
  gpu_memory_gb INTEGER CHECK (typeof(gpu_memory_gb) IN ('integer', 'null')),
  gpu_manufacturer TEXT,
  gpus TEXT NOT NULL CHECK (json_valid(gpus)),
  storage TEXT NOT NULL CHECK (json_valid(storage)),
  is_available INTEGER CHECK (is_available IN (0, 1)),
  availability_reason TEXT,
  is_stoppable INTEGER CHECK (is_stoppable IN (0, 1)),
  is_rebootable INTEGER CHECK (is_rebootable IN (0, 1)),
  attributes TEXT NOT NULL CHECK (json_valid(attributes)),
  is_listed INTEGER NOT NULL CHECK (is_listed IN (0, 1)),
  is_confirmed INTEGER NOT NULL CHECK (is_confirmed IN (0, 1)),
  first_seen_at_ms INTEGER NOT NULL CHECK (typeof(first_seen_at_ms) = 'integer'),
  changed_at_ms INTEGER NOT NULL CHECK (typeof(changed_at_ms) = 'integer'),
  seen_at_ms INTEGER NOT NULL CHECK (typeof(seen_at_ms) = 'integer'),
  UNIQUE (credential_key, instance_type_id)
);

-- The present price of each usage class that a type is sold in.
CREATE TABLE price (
  instance_type_key INTEGER NOT NULL REFERENCES instance_type,
  usage_class TEXT NOT NULL CHECK (usage_class IN ('on-demand', 'spot')),
  price_nanos INTEGER CHECK (typeof(price_nanos) IN ('integer', 'null')),
  currency TEXT,
  price_source TEXT NOT NULL CHECK (price_source IN ('api', 'list', 'estimate')),
  price_at_ms INTEGER NOT NULL CHECK (typeof(price_at_ms) = 'integer'),
  listed_at_ms INTEGER CHECK (typeof(listed_at_ms) IN ('integer', 'null')),  -- date of the vendor's price list
  PRIMARY KEY (instance_type_key, usage_class)
) WITHOUT ROWID;

CREATE TABLE instance (
  instance_key INTEGER PRIMARY KEY,
  credential_key INTEGER NOT NULL REFERENCES credential,
  listing_key INTEGER NOT NULL REFERENCES listing,
  cloud_id TEXT NOT NULL CHECK (typeof(cloud_id) = 'text' AND cloud_id <> ''),
  provider TEXT,
  cloud TEXT,
  ref_id TEXT,
  cloud_cred_ref_id TEXT,
  name TEXT,
  status TEXT NOT NULL,
  provider_status TEXT,
  status_message TEXT,
  location TEXT,
  sub_location TEXT,
  type TEXT,
  instance_type_id TEXT,
  public_ip TEXT,
  public_dns TEXT,
  private_ip TEXT,
  hostname TEXT,
  ssh_user TEXT,
  ssh_port INTEGER CHECK (typeof(ssh_port) IN ('integer', 'null')),
  image_id TEXT,
  disk_size_bytes INTEGER CHECK (typeof(disk_size_bytes) IN ('integer', 'null')),
  is_stoppable INTEGER CHECK (is_stoppable IN (0, 1)),
  is_rebootable INTEGER CHECK (is_rebootable IN (0, 1)),
  is_spot INTEGER NOT NULL CHECK (is_spot IN (0, 1)),
  price_nanos INTEGER CHECK (typeof(price_nanos) IN ('integer', 'null')),
  currency TEXT,
  tags TEXT NOT NULL CHECK (json_valid(tags)),
  attributes TEXT NOT NULL CHECK (json_valid(attributes)),
  created_at_ms INTEGER CHECK (typeof(created_at_ms) IN ('integer', 'null')),
  absences INTEGER NOT NULL,
  is_confirmed INTEGER NOT NULL CHECK (is_confirmed IN (0, 1)),
  first_seen_at_ms INTEGER NOT NULL CHECK (typeof(first_seen_at_ms) = 'integer'),
  status_since_ms INTEGER NOT NULL CHECK (typeof(status_since_ms) = 'integer'),
  seen_at_ms INTEGER NOT NULL CHECK (typeof(seen_at_ms) = 'integer'),
  ended_at_ms INTEGER CHECK (typeof(ended_at_ms) IN ('integer', 'null')),
  UNIQUE (credential_key, cloud_id)
);

-- Histories: a row opens an interval that lasts until the next row of its subject. `confirmed_ms` is set when it is
-- closed: the last time a poll vouched for it.
CREATE TABLE price_change (
  instance_type_key INTEGER NOT NULL REFERENCES instance_type,
  usage_class TEXT NOT NULL,
  from_ms INTEGER NOT NULL CHECK (typeof(from_ms) = 'integer'),
  price_nanos INTEGER CHECK (typeof(price_nanos) IN ('integer', 'null')),
  currency TEXT,
  confirmed_ms INTEGER,
  PRIMARY KEY (instance_type_key, usage_class, from_ms)
) WITHOUT ROWID;

CREATE TABLE availability_change (
  instance_type_key INTEGER NOT NULL REFERENCES instance_type,
  from_ms INTEGER NOT NULL CHECK (typeof(from_ms) = 'integer'),
  is_available INTEGER CHECK (is_available IN (0, 1)),
  availability_reason TEXT,
  confirmed_ms INTEGER,
  PRIMARY KEY (instance_type_key, from_ms)
) WITHOUT ROWID;

CREATE TABLE status_change (
  instance_key INTEGER NOT NULL REFERENCES instance,
  from_ms INTEGER NOT NULL CHECK (typeof(from_ms) = 'integer'),
  status TEXT NOT NULL,
  confirmed_ms INTEGER,
  PRIMARY KEY (instance_key, from_ms)
) WITHOUT ROWID;

-- What providers remember across restarts.
CREATE TABLE cache (
  credential_key INTEGER NOT NULL REFERENCES credential,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (credential_key, key)
) WITHOUT ROWID;

-- Append-only: IDs are never used again.
CREATE TABLE event (
  event_id INTEGER PRIMARY KEY AUTOINCREMENT,
  at_ms INTEGER NOT NULL CHECK (typeof(at_ms) = 'integer'),
  credential_key INTEGER NOT NULL REFERENCES credential,
  kind TEXT NOT NULL,
  subject_kind TEXT NOT NULL,
  subject_id TEXT,
  field TEXT,
  old TEXT,
  new TEXT,
  detail TEXT
);

-- Problems, those that ended included. `listing_key` is the listing that shows it; NULL for one of the credential.
CREATE TABLE problem (
  problem_key INTEGER PRIMARY KEY,
  credential_key INTEGER NOT NULL REFERENCES credential,
  listing_key INTEGER REFERENCES listing,
  kind TEXT NOT NULL,
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  value TEXT NOT NULL,
  detail TEXT NOT NULL,
  started_at_ms INTEGER NOT NULL CHECK (typeof(started_at_ms) = 'integer'),
  ended_at_ms INTEGER CHECK (typeof(ended_at_ms) IN ('integer', 'null'))
);
CREATE INDEX problem_open ON problem (credential_key, kind, subject_id) WHERE ended_at_ms IS NULL;
