-- The stable interface of the catalog: plural names, columns only ever added. Every column is described in
-- docs/catalog.md. Nothing here needs an SQLite newer than 3.31.

-- When the reader looks. The wall clock may have been set since something was written: what is dated later than this
-- shows as no older than 0, and a success that is dated later vouches for nothing.
CREATE VIEW now_ms AS SELECT CAST(round((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER) AS ms;

-- Rows get their credential's name by their own key, not their listing's: so that the index over (credential, ID) is
-- found.
--
-- A listing, whether what it vouches for is stale now, and whether it is asked at all: one of a location that is gone
-- or closed is not, except for live instances in it.
CREATE VIEW listing_states AS
SELECT l.*, c.ref AS credential,
       CASE WHEN c.removed_at_ms IS NOT NULL OR l.failing_since_ms IS NOT NULL OR l.last_success_at_ms IS NULL
              OR (SELECT ms FROM now_ms) - l.last_success_at_ms NOT BETWEEN -5000 AND 3 * l.interval_ms
            THEN 1 ELSE 0 END AS is_stale,
       CASE WHEN c.removed_at_ms IS NOT NULL THEN 0
            -- A location that has refused the credential from the first attempt on counts as closed, where another
            -- one answers.
            WHEN l.location <> '' AND l.last_success_at_ms IS NULL AND l.last_error_kind = 'forbidden'
              AND EXISTS (SELECT 1 FROM listing m WHERE m.credential_key = l.credential_key AND m.syncer = l.syncer
                   AND m.location <> '' AND m.last_success_at_ms IS NOT NULL) THEN 0
            WHEN NOT EXISTS (SELECT 1 FROM location o WHERE o.credential_key = l.credential_key
                   AND o.name = l.location AND (o.is_listed = 0 OR o.is_available = 0)) THEN 1
            WHEN l.syncer = 'instances' AND EXISTS (SELECT 1 FROM instance i WHERE i.listing_key = l.listing_key
                   AND i.ended_at_ms IS NULL) THEN 1
            ELSE 0 END AS is_asked
FROM listing l JOIN credential c USING (credential_key);

CREATE VIEW credentials AS
SELECT c.ref AS credential, c.provider, c.tenant_id, c.api_type, c.capabilities, c.is_read_only,
       CASE WHEN c.removed_at_ms IS NOT NULL THEN 'removed'
            WHEN coalesce(n.listings_succeeded, 0) = 0 AND coalesce(n.listings_failing, 0) = 0 THEN 'unknown'
            WHEN n.listings_failing > 0 THEN 'failing'
            WHEN n.listings_stale > 0 THEN 'stale'
            ELSE 'fresh' END AS health,
       c.first_seen_at_ms, c.removed_at_ms,
       coalesce(n.listings, 0) AS listings, coalesce(n.listings_failing, 0) AS listings_failing
FROM credential c
LEFT JOIN (SELECT s.credential_key, count(1) AS listings, count(s.failing_since_ms) AS listings_failing,
                  count(s.last_success_at_ms) AS listings_succeeded, sum(s.is_stale) AS listings_stale
           FROM listing_states s WHERE s.is_asked = 1 GROUP BY s.credential_key) n USING (credential_key);

CREATE VIEW locations AS
SELECT c.ref AS credential, o.name, o.description, o.is_available, o.endpoint, o.priority, o.country, o.is_listed,
       o.first_seen_at_ms,
       CASE WHEN o.is_listed = 1 AND o.is_confirmed = 1 THEN max(coalesce(s.last_success_at_ms, 0), o.seen_at_ms)
            ELSE o.seen_at_ms END AS seen_at_ms,
       CASE WHEN o.is_listed = 0 THEN 0 WHEN o.is_confirmed = 0 THEN 1 ELSE coalesce(s.is_stale, 1) END AS is_stale
FROM location o
JOIN credential c USING (credential_key)
LEFT JOIN listing_states s
  ON s.credential_key = o.credential_key AND s.syncer = 'instance_types' AND s.location = '';

CREATE VIEW instance_types AS
SELECT c.ref AS credential, t.instance_type_id, t.provider, t.cloud, t.type, t.location, t.sub_location, t.available_azs,
       t.vcpu, t.memory_bytes, t.architectures, p.price_nanos AS base_price_nanos,
       p.price_nanos / 1e9 AS base_price_per_hour, p.currency, t.is_available, t.availability_reason, t.is_listed,
       t.is_stoppable, t.is_rebootable, t.attributes, t.first_seen_at_ms, t.changed_at_ms,
       CASE WHEN t.is_listed = 1 AND t.is_confirmed = 1 THEN max(coalesce(s.last_success_at_ms, 0), t.seen_at_ms)
            ELSE t.seen_at_ms END AS seen_at_ms,
       CASE WHEN t.is_listed = 0 THEN 0 WHEN t.is_confirmed = 0 THEN 1 ELSE s.is_stale END AS is_stale
FROM instance_type t
JOIN credential c USING (credential_key)
JOIN listing_states s ON s.listing_key = t.listing_key
LEFT JOIN price p ON p.instance_type_key = t.instance_type_key AND p.usage_class = 'on-demand';

CREATE VIEW instance_type_prices AS
SELECT c.ref AS credential, t.instance_type_id, p.usage_class, p.price_nanos, p.price_nanos / 1e9 AS price_per_hour,
       p.currency, p.price_source, p.price_at_ms
FROM price p
JOIN instance_type t USING (instance_type_key)
JOIN credential c USING (credential_key);

CREATE VIEW instance_type_gpus AS
SELECT c.ref AS credential, t.instance_type_id, CAST(g.key AS INTEGER) AS position,
       json_extract(g.value, '$.count') AS count, json_extract(g.value, '$.name') AS name,
       json_extract(g.value, '$.type') AS type, json_extract(g.value, '$.memory_bytes') AS memory_bytes,
       json_extract(g.value, '$.memory_gb') AS memory_gb, json_extract(g.value, '$.memory_details') AS memory_details,
       json_extract(g.value, '$.network_details') AS network_details,
       json_extract(g.value, '$.manufacturer') AS manufacturer
FROM instance_type t
JOIN credential c USING (credential_key), json_each(t.gpus) g;

CREATE VIEW instance_type_storage AS
SELECT c.ref AS credential, t.instance_type_id, CAST(d.key AS INTEGER) AS position,
       json_extract(d.value, '$.count') AS count, json_extract(d.value, '$.type') AS type,
       json_extract(d.value, '$.size_bytes') AS size_bytes, json_extract(d.value, '$.min_size_bytes') AS min_size_bytes,
       json_extract(d.value, '$.max_size_bytes') AS max_size_bytes,
       json_extract(d.value, '$.price_per_gb_hr_nanos') AS price_per_gb_hr_nanos,
       json_extract(d.value, '$.currency') AS currency, json_extract(d.value, '$.is_ephemeral') AS is_ephemeral,
       json_extract(d.value, '$.is_elastic') AS is_elastic
FROM instance_type t
JOIN credential c USING (credential_key), json_each(t.storage) d;

CREATE VIEW offers AS
SELECT c.ref AS credential, t.provider, t.cloud, t.instance_type_id, coalesce(p.usage_class, 'on-demand') AS usage_class,
       t.type, t.location, o.country, t.gpu_name, t.gpu_count, t.gpu_memory_gb, t.gpu_manufacturer, t.vcpu,
       t.memory_bytes, p.price_nanos, p.price_nanos / 1e9 AS price_per_hour,
       p.price_nanos / 1e9 / nullif(t.gpu_count, 0) AS price_per_gpu_hour, p.currency,
       -- A type's availability is of on-demand; where a vendor sells spot apart, it says so apart.
       CASE WHEN p.usage_class = 'spot' THEN coalesce(json_extract(t.attributes, '$.is_spot_available'), t.is_available)
            ELSE t.is_available END AS is_available,
       CASE WHEN p.usage_class = 'spot' AND json_extract(t.attributes, '$.is_spot_available') = 1 THEN NULL
            WHEN p.usage_class = 'spot' AND json_extract(t.attributes, '$.is_spot_available') = 0 THEN 'capacity'
            ELSE t.availability_reason END AS availability_reason,
       CASE WHEN t.is_available = 1
              AND (coalesce(p.usage_class, 'on-demand') = 'on-demand'
                   OR json_extract(t.attributes, '$.is_spot_available') IS NULL)
            THEN min((SELECT ms FROM now_ms), (SELECT max(a.from_ms) FROM availability_change a
            WHERE a.instance_type_key = t.instance_type_key)) END AS available_since_ms,
       CASE WHEN t.is_confirmed = 1 THEN max(coalesce(s.last_success_at_ms, 0), t.seen_at_ms)
            ELSE t.seen_at_ms END AS seen_at_ms,
       max(0, (SELECT ms FROM now_ms) - CASE WHEN t.is_confirmed = 1
            THEN max(coalesce(s.last_success_at_ms, 0), t.seen_at_ms) ELSE t.seen_at_ms END) / 1000 AS age_s,
       CASE WHEN t.is_confirmed = 0 THEN 1 ELSE s.is_stale END AS is_stale,
       CASE WHEN t.is_available = 1
              AND (coalesce(p.usage_class, 'on-demand') = 'on-demand'
                   OR json_extract(t.attributes, '$.is_spot_available') IS NULL)
            THEN max(0, (SELECT ms FROM now_ms) - (SELECT max(a.from_ms) FROM availability_change a
            WHERE a.instance_type_key = t.instance_type_key)) / 1000 END AS available_for_s
FROM instance_type t
JOIN credential c USING (credential_key)
JOIN listing_states s ON s.listing_key = t.listing_key
LEFT JOIN price p ON p.instance_type_key = t.instance_type_key
LEFT JOIN location o ON o.credential_key = t.credential_key AND o.name = t.location
WHERE t.is_listed = 1 AND t.gpu_count > 0;

-- The cheapest; of equal ones the one whose ID comes first, so that the answer does not waver.
CREATE VIEW best_offers AS
SELECT credential, provider, cloud, instance_type_id, usage_class, type, location, country, gpu_name, gpu_count,
       gpu_memory_gb, gpu_manufacturer, vcpu, memory_bytes, price_nanos, price_per_hour, price_per_gpu_hour, currency,
       is_available, availability_reason, available_since_ms, seen_at_ms, age_s, is_stale, available_for_s
FROM (SELECT o.*, row_number() OVER (PARTITION BY gpu_name, gpu_memory_gb, gpu_count, usage_class, currency
               ORDER BY price_nanos, credential, instance_type_id) AS place
      FROM offers o WHERE is_available = 1 AND is_stale = 0 AND price_nanos IS NOT NULL)
WHERE place = 1;

-- Each instance with the listing that vouches for it. Its time is vouched for from when it was made, else first seen,
-- to the last listing that had it.
CREATE VIEW vouched_instances AS
SELECT v.*,
       -- The time that it costs: what is vouched for, less the time for which it was stopped.
       max(0, max(0, v.until_ms - v.since_ms)
           - coalesce((SELECT sum(max(0, min(v.until_ms, coalesce((SELECT min(n.from_ms) FROM status_change n
                                                WHERE n.instance_key = h.instance_key AND n.from_ms > h.from_ms), v.until_ms))
                                         - max(v.since_ms, h.from_ms)))
                       FROM status_change h WHERE h.instance_key = v.instance_key AND h.status = 'stopped'), 0))
         / 3600000.0 AS hours
FROM (SELECT i.*, c.ref AS credential, c.tenant_id, CASE WHEN i.ended_at_ms IS NULL THEN 0 ELSE 1 END AS is_ended,
             CASE WHEN i.ended_at_ms IS NULL AND i.is_confirmed = 1
                  THEN max(coalesce(s.last_success_at_ms, 0), i.seen_at_ms) ELSE i.seen_at_ms END AS listed_at_ms,
             CASE WHEN i.ended_at_ms IS NOT NULL THEN 0 WHEN i.is_confirmed = 0 THEN 1 ELSE s.is_stale END AS is_stale,
             coalesce(i.created_at_ms, i.first_seen_at_ms) AS since_ms,
             min((SELECT ms FROM now_ms), CASE WHEN i.ended_at_ms IS NULL AND i.is_confirmed = 1
                  THEN max(coalesce(s.last_success_at_ms, 0), i.seen_at_ms) ELSE i.seen_at_ms END) AS until_ms
      FROM instance i
      JOIN credential c USING (credential_key)
      JOIN listing_states s ON s.listing_key = i.listing_key) v;

-- BETWEEN, not =, so that SQLite takes the index that holds the GPU too: half the time. INDEXED BY would say it better,
-- but DuckDB cannot parse it, nor IS NOT between two columns.
CREATE VIEW instance_details AS
SELECT i.credential, i.cloud_id, i.provider, i.cloud, i.tenant_id, i.ref_id, i.cloud_cred_ref_id,
       CASE WHEN i.cloud_cred_ref_id IS NULL THEN 0 ELSE 1 END AS is_ours, i.name, i.status, i.provider_status,
       i.status_message, i.is_ended, i.location, i.sub_location,
       i.type, i.instance_type_id, t.gpu_name, t.gpu_count, i.public_ip, i.public_dns, i.private_ip, i.hostname,
       i.ssh_user, i.ssh_port,
       -- A probe speaks for what it was made for only: this run of the machine, at this address.
       CASE WHEN i.status = 'running' AND r.running_since_ms = i.status_since_ms
              AND r.host = coalesce(i.public_ip, i.public_dns, i.private_ip)
              AND coalesce(r.ssh_user, '') = coalesce(i.ssh_user, '')
              AND coalesce(r.ssh_port, 0) = coalesce(i.ssh_port, 0) THEN r.is_ok END AS is_reachable,
       i.image_id, i.disk_size_bytes, i.is_stoppable, i.is_rebootable, i.is_spot, i.price_nanos,
       i.price_nanos / 1e9 AS price_per_hour, i.currency, i.attributes, i.created_at_ms, i.first_seen_at_ms,
       i.status_since_ms, i.ended_at_ms, i.listed_at_ms AS seen_at_ms, i.is_stale, i.hours,
       r.failing_since_ms AS probe_failing_since_ms,
       (SELECT e.retire_at_ms FROM retirement e
        WHERE e.credential_key = i.credential_key AND e.cloud_id = i.cloud_id) AS retire_at_ms
FROM vouched_instances i
LEFT JOIN instance_type t ON t.credential_key = i.credential_key
  AND t.instance_type_id BETWEEN i.instance_type_id AND i.instance_type_id
LEFT JOIN ssh_probe r ON r.credential_key = i.credential_key AND r.cloud_id = i.cloud_id;

CREATE VIEW instances AS
SELECT credential, cloud_id, provider, cloud, tenant_id, ref_id, cloud_cred_ref_id, is_ours, name, status,
       provider_status, status_message, is_ended, location, sub_location, type, instance_type_id, gpu_name,
       gpu_count, public_ip, public_dns, private_ip, hostname, ssh_user, ssh_port, is_reachable, image_id,
       disk_size_bytes, is_stoppable, is_rebootable, is_spot, price_nanos, price_per_hour, currency,
       attributes, created_at_ms, first_seen_at_ms, status_since_ms, ended_at_ms, seen_at_ms, is_stale,
       CASE WHEN is_reachable = 0 THEN probe_failing_since_ms END AS unreachable_since_ms,
       retire_at_ms
FROM instance_details;

CREATE VIEW instance_tags AS
SELECT c.ref AS credential, i.cloud_id, g.key AS key, g.value AS value
FROM instance i
JOIN credential c USING (credential_key), json_each(i.tags) g;

CREATE VIEW running_instances AS
SELECT credential, cloud_id, provider, cloud, tenant_id, ref_id, cloud_cred_ref_id, is_ours, name, status,
       provider_status, status_message, is_ended, location, sub_location, type, instance_type_id, gpu_name,
       gpu_count, public_ip, public_dns, private_ip, hostname, ssh_user, ssh_port, is_reachable, image_id,
       disk_size_bytes, is_stoppable, is_rebootable, is_spot, price_nanos, price_per_hour, currency,
       attributes, created_at_ms, first_seen_at_ms, status_since_ms, ended_at_ms, seen_at_ms, is_stale, hours,
       price_per_hour * hours AS cost_to_date,
       CASE WHEN is_reachable = 0 THEN probe_failing_since_ms END AS unreachable_since_ms, retire_at_ms
FROM instance_details
WHERE is_ended = 0 AND status = 'running';

-- Machines that cost money now, each once: of several credentials of one tenant the one that made it counts, else one
-- that is in force, else the first.
CREATE VIEW burning_instances AS
SELECT i.credential_key, i.cloud_id, i.instance_type_id, i.tags, i.price_nanos, i.currency,
       i.price_nanos / 1e9 * i.hours AS cost_to_date, i.listed_at_ms AS seen_at_ms, i.is_stale
FROM vouched_instances i
JOIN credential c USING (credential_key)
WHERE i.is_ended = 0 AND i.status <> 'stopped'
  AND (NOT EXISTS (SELECT 1 FROM credential k WHERE k.tenant_id = c.tenant_id AND k.credential_key <> c.credential_key)
    OR NOT EXISTS (SELECT 1 FROM instance o JOIN credential d USING (credential_key)
        WHERE o.cloud_id = i.cloud_id AND o.instance_key <> i.instance_key AND d.tenant_id = c.tenant_id
          AND o.ended_at_ms IS NULL
          AND 2 * coalesce(o.cloud_cred_ref_id <> d.ref, 1) + (d.removed_at_ms IS NOT NULL)
              + (o.instance_key > i.instance_key) * 0.5
            < 2 * coalesce(i.cloud_cred_ref_id <> c.ref, 1) + (c.removed_at_ms IS NOT NULL)
              + (i.instance_key > o.instance_key) * 0.5));

-- The many machines are added up to few rows in one pass; each of those counts for its tenant, its credential, its GPU
-- and each of its tags. Added up as REAL, for the sum of integers is an error when it overflows. A sum is stale when a
-- machine in it is, or when a listing of its credentials is: there may be machines that nobody has seen.
CREATE VIEW burns AS
SELECT s.scope, s.name, sum(s.instances) AS instances, CAST(sum(s.price_nanos) AS INTEGER) AS price_nanos,
       sum(s.price_nanos) / 1e9 AS price_per_hour, s.currency, sum(s.cost_to_date) AS cost_to_date,
       min(s.seen_at_ms) AS seen_at_ms, max(s.is_stale) AS is_stale
FROM (SELECT CASE WHEN n.path = '$[3]' THEN 'tag' WHEN n.key = 0 THEN 'tenant' WHEN n.key = 1 THEN 'credential' ELSE 'gpu' END
               AS scope,
             CASE WHEN n.path = '$[3]' THEN n.key || '=' || n.atom ELSE n.atom END AS name,
             b.instances, b.price_nanos, b.currency, b.cost_to_date, b.seen_at_ms,
             max(b.is_stale, coalesce((SELECT max(l.is_stale) FROM listing_states l
               WHERE l.credential_key = b.credential_key AND l.syncer = 'instances' AND l.is_asked = 1), 1)) AS is_stale
      FROM (SELECT +m.credential_key AS credential_key, t.gpu_name, m.tags, m.currency, count(1) AS instances,
                   sum(m.price_nanos * 1.0) AS price_nanos, sum(m.cost_to_date) AS cost_to_date,
                   min(m.seen_at_ms) AS seen_at_ms, max(m.is_stale) AS is_stale
            FROM burning_instances m
            LEFT JOIN instance_type t ON t.credential_key = m.credential_key
              AND t.instance_type_id BETWEEN m.instance_type_id AND m.instance_type_id
            GROUP BY 1, 2, 3, 4) b
      JOIN credential c USING (credential_key),
           json_tree(json_array(c.tenant_id, c.ref, b.gpu_name, json(b.tags))) n
      WHERE n.type <> 'array' AND n.type <> 'object') s
GROUP BY 1, 2, s.currency;

-- Machines that run without anybody answering for them. One row a reason; no UNION, which DuckDB passes on in brackets that
-- SQLite cannot read.
--
-- Of the journal of the credential that made it, these answer for a machine: the create whose machine it is, one under
-- its RefID that may come to have it, and a terminate that goes on. A terminate is `unknown` when the provider refuses to
-- end what a create left: then none that came to no machine answers.
CREATE VIEW orphans AS
SELECT i.credential, i.cloud_id, r.value AS reason,
       coalesce(CASE r.value WHEN 'unknown_type' THEN
                  (SELECT max(p.started_at_ms) FROM problem p WHERE p.credential_key = i.credential_key
                     AND p.kind = 'unknown_type_id' AND p.subject_id = i.cloud_id AND p.ended_at_ms IS NULL) END,
                i.first_seen_at_ms) AS since_ms,
       i.price_nanos, i.price_nanos / 1e9 AS price_per_hour, i.currency, i.listed_at_ms AS seen_at_ms, i.is_stale
FROM vouched_instances i, json_each('["unknown_type", "no_ref_id", "unknown_credential", "not_in_journal"]') r
WHERE i.is_ended = 0
  AND CASE r.value
        WHEN 'unknown_type' THEN
          NOT EXISTS (SELECT 1 FROM instance_type t WHERE t.credential_key = i.credential_key
                        AND t.instance_type_id = i.instance_type_id)
          AND EXISTS (SELECT 1 FROM instance_type t WHERE t.credential_key = i.credential_key)
        WHEN 'no_ref_id' THEN i.ref_id IS NULL
        WHEN 'unknown_credential' THEN i.cloud_cred_ref_id IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM credential k WHERE k.ref = i.cloud_cred_ref_id AND k.removed_at_ms IS NULL)
        ELSE i.ref_id IS NOT NULL
          AND EXISTS (SELECT 1 FROM credential k WHERE k.ref = i.cloud_cred_ref_id AND k.removed_at_ms IS NULL)
          AND NOT EXISTS (SELECT 1 FROM credential k JOIN operation o ON o.credential_key = k.credential_key
               WHERE k.ref = i.cloud_cred_ref_id AND o.ref_id = i.ref_id
                 AND CASE o.kind
                       WHEN 'terminate' THEN o.cloud_id = i.cloud_id AND o.state = 'started'
                       WHEN 'create' THEN
                         (o.cloud_id = i.cloud_id AND o.state IN ('started', 'succeeded', 'adopted'))
                         OR (o.cloud_id IS NULL AND o.state IN ('started', 'unknown')
                             AND NOT EXISTS (SELECT 1 FROM operation e WHERE e.credential_key = o.credential_key
                                  AND e.ref_id = o.ref_id AND e.kind = 'terminate' AND e.cloud_id = i.cloud_id
                                  AND e.state = 'unknown'))
                       ELSE 0 END)
      END;

CREATE VIEW operations AS
SELECT o.id, o.kind, c.ref AS credential, o.ref_id, o.cloud_id, o.state, o.created_at_ms, o.finished_at_ms,
       o.error_kind, o.error, o.type, o.location, o.sub_location, o.is_spot, o.generation, o.price_nanos,
       o.price_nanos / 1e9 AS price_per_hour, o.currency,
       (SELECT coalesce(max(a.number) + 1, 0) FROM operation_attempt a WHERE a.operation_key = o.operation_key) AS attempts
FROM operation o
JOIN credential c USING (credential_key);

CREATE VIEW operation_resources AS
SELECT o.id AS operation_id, c.ref AS credential, r.kind, nullif(r.vendor_id, '') AS vendor_id, r.name, r.state, r.error
FROM operation_resource r
JOIN operation o USING (operation_key)
JOIN credential c USING (credential_key);

CREATE VIEW holds AS
SELECT c.ref AS credential, h.type, h.location, nullif(h.sub_location, '') AS sub_location, h.usage_class, h.since_ms,
       h.until_ms
FROM hold h
JOIN credential c USING (credential_key);

-- A list of images or quotas, and whether what it vouches for is stale now.
CREATE VIEW list_states AS
SELECT c.ref AS credential, l.syncer, l.location, l.last_attempt_at_ms, l.last_success_at_ms, l.failing_since_ms,
       l.last_error_kind, l.last_error, l.duration_ms, l.items, l.interval_ms,
       CASE WHEN c.removed_at_ms IS NOT NULL OR l.failing_since_ms IS NOT NULL OR l.last_success_at_ms IS NULL
              OR (SELECT ms FROM now_ms) - l.last_success_at_ms NOT BETWEEN -5000 AND 3 * l.interval_ms
            THEN 1 ELSE 0 END AS is_stale,
       l.list_key
FROM list l
JOIN credential c USING (credential_key);

CREATE VIEW quotas AS
SELECT s.credential, nullif(s.location, '') AS location, q.id AS quota_id, q.name, q.maximum, q.current, q.unit,
       coalesce(q.read_at_ms, s.last_success_at_ms) AS seen_at_ms,
       CASE WHEN q.read_at_ms IS NULL THEN s.is_stale ELSE 1 END AS is_stale
FROM quota q
JOIN list_states s USING (list_key);

CREATE VIEW images AS
SELECT s.credential, i.id AS image_id, i.name, coalesce(nullif(i.location, ''), nullif(s.location, '')) AS location,
       i.architecture, i.description, i.created_at_ms, i.is_default,
       coalesce(i.read_at_ms, s.last_success_at_ms) AS seen_at_ms,
       CASE WHEN i.read_at_ms IS NULL THEN s.is_stale ELSE 1 END AS is_stale
FROM image i
JOIN list_states s USING (list_key);

CREATE VIEW ssh_probes AS
SELECT c.ref AS credential, r.cloud_id, r.at_ms, r.host, coalesce(r.probed_user, r.ssh_user) AS ssh_user,
       coalesce(r.probed_port, r.ssh_port) AS ssh_port, r.stage, r.is_ok, r.failing_since_ms, r.error, r.total_ms,
       r.dns_ms, r.tcp_ms, r.banner_ms, r.kex_ms, r.host_key_ms, r.auth_ms, r.exec_ms
FROM ssh_probe r
JOIN credential c USING (credential_key);

CREATE VIEW host_keys AS
SELECT c.ref AS credential, h.cloud_id, h.key_type, h.fingerprint_sha256, h.public_key, h.first_seen_at_ms, h.state
FROM host_key h
JOIN credential c USING (credential_key);

CREATE VIEW bootstraps AS
SELECT c.ref AS credential, b.cloud_id, b.plan_sha256, b.state, b.attempts, b.started_at_ms, b.finished_at_ms,
       b.exit_status, b.output, b.error
FROM bootstrap b
JOIN credential c USING (credential_key);

-- An interval lasts until the next row of its subject. None begins after the reader's clock: one that was begun while
-- the clock was ahead has lasted since now, so that `from_ms <= now` and `to_ms IS NULL` find the same.
CREATE VIEW price_history AS
SELECT c.ref AS credential, t.instance_type_id, h.usage_class, min(h.from_ms, (SELECT ms FROM now_ms)) AS from_ms,
       min((SELECT min(n.from_ms) FROM price_change n WHERE n.instance_type_key = h.instance_type_key
              AND n.usage_class = h.usage_class AND n.from_ms > h.from_ms), (SELECT ms FROM now_ms)) AS to_ms,
       min((SELECT ms FROM now_ms), max(h.from_ms, CASE WHEN h.confirmed_ms IS NOT NULL THEN h.confirmed_ms
            WHEN t.is_listed = 1 AND t.is_confirmed = 1 THEN max(coalesce(s.last_success_at_ms, 0), t.seen_at_ms)
            ELSE t.seen_at_ms END)) AS confirmed_ms,
       h.price_nanos, h.price_nanos / 1e9 AS price_per_hour, h.currency
FROM price_change h
JOIN instance_type t USING (instance_type_key)
JOIN credential c ON c.credential_key = t.credential_key
JOIN listing_states s ON s.listing_key = t.listing_key;

CREATE VIEW availability_history AS
SELECT c.ref AS credential, t.instance_type_id, min(h.from_ms, (SELECT ms FROM now_ms)) AS from_ms,
       min((SELECT min(n.from_ms) FROM availability_change n WHERE n.instance_type_key = h.instance_type_key
              AND n.from_ms > h.from_ms), (SELECT ms FROM now_ms)) AS to_ms,
       min((SELECT ms FROM now_ms), max(h.from_ms, CASE WHEN h.confirmed_ms IS NOT NULL THEN h.confirmed_ms
            WHEN t.is_confirmed = 1 THEN max(coalesce(s.last_success_at_ms, 0), t.seen_at_ms)
            ELSE t.seen_at_ms END)) AS confirmed_ms,
       h.is_available, h.availability_reason
FROM availability_change h
JOIN instance_type t USING (instance_type_key)
JOIN credential c ON c.credential_key = t.credential_key
JOIN listing_states s ON s.listing_key = t.listing_key;

CREATE VIEW instance_history AS
SELECT c.ref AS credential, i.cloud_id, min(h.from_ms, (SELECT ms FROM now_ms)) AS from_ms,
       min((SELECT min(n.from_ms) FROM status_change n WHERE n.instance_key = h.instance_key AND n.from_ms > h.from_ms),
           (SELECT ms FROM now_ms)) AS to_ms,
       min((SELECT ms FROM now_ms), max(h.from_ms, CASE WHEN h.confirmed_ms IS NOT NULL THEN h.confirmed_ms
            WHEN i.ended_at_ms IS NULL AND i.is_confirmed = 1
            THEN max(coalesce(s.last_success_at_ms, 0), i.seen_at_ms)
            ELSE i.seen_at_ms END)) AS confirmed_ms,
       h.status
FROM status_change h
JOIN instance i USING (instance_key)
JOIN credential c ON c.credential_key = i.credential_key
JOIN listing_states s ON s.listing_key = i.listing_key;

CREATE VIEW events AS
SELECT e.event_id AS id, e.at_ms,
       strftime('%Y-%m-%dT%H:%M:', e.at_ms / 1000, 'unixepoch')
         || printf('%02d.%03dZ', e.at_ms / 1000 % 60, e.at_ms % 1000) AS at,
       c.ref AS credential, e.kind, e.subject_kind, e.subject_id, e.field, e.old, e.new, e.detail
FROM event e
JOIN credential c USING (credential_key);

CREATE VIEW sync_states AS
SELECT c.ref AS credential, l.syncer, l.location, l.last_attempt_at_ms, l.last_success_at_ms, l.failing_since_ms,
       l.last_error_kind, l.last_error, l.duration_ms, l.items, l.skipped_ticks, l.interval_ms
FROM listing l
JOIN credential c USING (credential_key);

CREATE VIEW problems AS
SELECT c.ref AS credential, p.kind, p.subject_kind, nullif(p.subject_id, '') AS subject_id, p.detail, p.started_at_ms,
       p.ended_at_ms
FROM problem p
JOIN credential c USING (credential_key);

CREATE VIEW id_problems AS
SELECT c.ref AS credential, p.kind, nullif(p.subject_id, '') AS subject_id, p.detail, p.started_at_ms, p.ended_at_ms
FROM problem p
JOIN credential c USING (credential_key)
WHERE p.kind IN ('row_rejected', 'duplicate_id', 'id_changed', 'id_missing', 'unknown_type_id', 'az_mismatch');

-- Notifications: what is on its way, what was delivered and what was given up.
CREATE VIEW deliveries AS
SELECT d.delivery_id AS id, d.notify, d.event_id, d.at_ms,
       CASE WHEN d.delivered_at_ms IS NOT NULL THEN 'delivered' WHEN d.body IS NULL THEN 'given_up' ELSE 'waiting' END
         AS state,
       d.attempts, d.delivered_at_ms, d.error
FROM delivery d;
