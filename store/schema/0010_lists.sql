-- What an account has beside types and instances: lists of images and of quotas, asked for as a whole or location by
-- location. How they are doing counts for nothing in a credential's health, so they are no listings.
CREATE TABLE list (
  list_key INTEGER PRIMARY KEY,
  credential_key INTEGER NOT NULL REFERENCES credential,
  syncer TEXT NOT NULL CHECK (syncer IN ('images', 'quotas')),
  location TEXT NOT NULL,
  last_attempt_at_ms INTEGER NOT NULL CHECK (typeof(last_attempt_at_ms) = 'integer'),
  last_success_at_ms INTEGER CHECK (typeof(last_success_at_ms) IN ('integer', 'null')),
  failing_since_ms INTEGER CHECK (typeof(failing_since_ms) IN ('integer', 'null')),
  last_error_kind TEXT,
  last_error TEXT,
  duration_ms INTEGER NOT NULL,
  items INTEGER NOT NULL,
  interval_ms INTEGER NOT NULL,
  UNIQUE (credential_key, syncer, location)
);

-- Rows of the last complete answer. `read_at_ms` is NULL while that vouches for the row; of one that was not readable
-- in it, when it was last.
CREATE TABLE image (
  list_key INTEGER NOT NULL REFERENCES list,
  id TEXT NOT NULL CHECK (typeof(id) = 'text' AND id <> ''),
  location TEXT NOT NULL,
  name TEXT,
  architecture TEXT,
  description TEXT,
  created_at_ms INTEGER CHECK (typeof(created_at_ms) IN ('integer', 'null')),
  is_default INTEGER NOT NULL CHECK (is_default IN (0, 1)),
  read_at_ms INTEGER CHECK (typeof(read_at_ms) IN ('integer', 'null')),
  UNIQUE (list_key, id, location)
);

CREATE TABLE quota (
  list_key INTEGER NOT NULL REFERENCES list,
  id TEXT NOT NULL CHECK (typeof(id) = 'text' AND id <> ''),
  name TEXT,
  maximum INTEGER CHECK (typeof(maximum) IN ('integer', 'null')),
  current INTEGER CHECK (typeof(current) IN ('integer', 'null')),
  unit TEXT,
  read_at_ms INTEGER CHECK (typeof(read_at_ms) IN ('integer', 'null')),
  UNIQUE (list_key, id)
);

-- The list that shows the problem, where one does.
ALTER TABLE problem ADD COLUMN list_key INTEGER REFERENCES list;
CREATE INDEX problem_of_list ON problem (list_key) WHERE list_key IS NOT NULL;
