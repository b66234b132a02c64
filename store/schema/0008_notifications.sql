-- What people are told: how far each rule of notifications has read the events, what is on its way and what became of
-- it; and of which orphans an event has told.

CREATE TABLE notify_rule (
  name TEXT NOT NULL PRIMARY KEY CHECK (typeof(name) = 'text'),
  read_event_id INTEGER NOT NULL CHECK (typeof(read_event_id) = 'integer')
) WITHOUT ROWID;

-- On its way while it has a body; `event_id` is NULL when it is a test.
CREATE TABLE delivery (
  delivery_id INTEGER PRIMARY KEY AUTOINCREMENT,
  notify TEXT NOT NULL,
  event_id INTEGER CHECK (typeof(event_id) IN ('integer', 'null')),
  subject TEXT NOT NULL,
  at_ms INTEGER NOT NULL CHECK (typeof(at_ms) = 'integer'),
  body TEXT,
  attempts INTEGER NOT NULL DEFAULT 0 CHECK (typeof(attempts) = 'integer'),
  delivered_at_ms INTEGER CHECK (typeof(delivered_at_ms) IN ('integer', 'null')),
  error TEXT
);
CREATE INDEX delivery_waiting ON delivery (notify, delivery_id) WHERE body IS NOT NULL;
CREATE INDEX delivery_over ON delivery (at_ms) WHERE body IS NULL;

-- The newest event when a listing was first answered completely; NULL while it never was. What it added up to then was
-- there from the start, what it adds later is news.
ALTER TABLE listing ADD COLUMN known_since_event_id INTEGER CHECK (typeof(known_since_event_id) IN ('integer', 'null'));
UPDATE listing SET known_since_event_id = 0 WHERE last_success_at_ms IS NOT NULL;

CREATE TABLE told_orphan (
  credential_key INTEGER NOT NULL REFERENCES credential,
  cloud_id TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (credential_key, cloud_id, reason)
) WITHOUT ROWID;
