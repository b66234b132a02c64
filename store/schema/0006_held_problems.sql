-- What the breaker holds back is a problem like any other now: it has begun, and it will end.
INSERT INTO problem (credential_key, listing_key, kind, subject_kind, subject_id, value, detail, started_at_ms)
SELECT l.credential_key, l.listing_key, 'mass_change_held', 'location', h.key, '',
       'more than half of the known rows are absent', coalesce(l.last_success_at_ms, 0)
FROM listing l, json_each(l.held_passes) h;
UPDATE listing SET held_passes = '{}' WHERE held_passes <> '{}';
