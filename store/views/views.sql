-- The stable interface of the catalog: plural names, columns only ever added. Every column is described in
-- docs/catalog.md. Nothing here needs an SQLite newer than 3.31.

-- When the reader looks.
CREATE VIEW now_ms AS SELECT CAST((julianday('now') - 2440587.5) * 86400000.0 AS INTEGER) AS ms;

-- A listing and whether what it vouches for is stale now.
CREATE VIEW listing_states AS
SELECT l.*, c.ref AS credential,
       CASE WHEN c.removed_at_ms IS NOT NULL OR l.failing_since_ms IS NOT NULL OR l.last_success_at_ms IS NULL
              OR (SELECT ms FROM now_ms) - l.last_success_at_ms > 3 * l.interval_ms
            THEN 1 ELSE 0 END AS is_stale
FROM listing l JOIN credential c USING (credential_key);

CREATE VIEW credentials AS
SELECT c.ref AS credential, c.provider, c.tenant_id, c.api_type, c.capabilities, c.is_read_only,
       CASE WHEN c.removed_at_ms IS NOT NULL THEN 'removed'
            WHEN EXISTS (SELECT 1 FROM listing_states s WHERE s.credential_key = c.credential_key AND s.is_stale = 1
                   -- A location that is gone or closed is not asked any more, except for live instances in it.
                   AND (NOT EXISTS (SELECT 1 FROM location o WHERE o.credential_key = s.credential_key
                          AND o.name = s.location AND (o.is_listed = 0 OR o.is_available = 0))
                     OR s.syncer = 'instances' AND EXISTS (SELECT 1 FROM instance i
                          WHERE i.listing_key = s.listing_key AND i.ended_at_ms IS NULL)))
              OR NOT EXISTS (SELECT 1 FROM listing l WHERE l.credential_key = c.credential_key) THEN 'failing'
            ELSE 'fresh' END AS health,
       c.first_seen_at_ms, c.removed_at_ms
FROM credential c;

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
SELECT s.credential, t.instance_type_id, t.provider, t.cloud, t.type, t.location, t.sub_location, t.available_azs,
       t.vcpu, t.memory_bytes, t.architectures, p.price_nanos AS base_price_nanos,
       p.price_nanos / 1e9 AS base_price_per_hour, p.currency, t.is_available, t.availability_reason, t.is_listed,
       t.is_stoppable, t.is_rebootable, t.attributes, t.first_seen_at_ms, t.changed_at_ms,
       CASE WHEN t.is_listed = 1 AND t.is_confirmed = 1 THEN max(coalesce(s.last_success_at_ms, 0), t.seen_at_ms)
            ELSE t.seen_at_ms END AS seen_at_ms,
       CASE WHEN t.is_listed = 0 THEN 0 WHEN t.is_confirmed = 0 THEN 1 ELSE s.is_stale END AS is_stale
FROM instance_type t
JOIN listing_states s USING (listing_key)
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
SELECT s.credential, t.provider, t.cloud, t.instance_type_id, coalesce(p.usage_class, 'on-demand') AS usage_class,
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
            THEN (SELECT max(a.from_ms) FROM availability_change a
            WHERE a.instance_type_key = t.instance_type_key) END AS available_since_ms,
       CASE WHEN t.is_confirmed = 1 THEN max(coalesce(s.last_success_at_ms, 0), t.seen_at_ms)
            ELSE t.seen_at_ms END AS seen_at_ms,
       ((SELECT ms FROM now_ms) - CASE WHEN t.is_confirmed = 1
            THEN max(coalesce(s.last_success_at_ms, 0), t.seen_at_ms) ELSE t.seen_at_ms END) / 1000 AS age_s,
       CASE WHEN t.is_confirmed = 0 THEN 1 ELSE s.is_stale END AS is_stale
FROM instance_type t
JOIN listing_states s USING (listing_key)
LEFT JOIN price p ON p.instance_type_key = t.instance_type_key
LEFT JOIN location o ON o.credential_key = t.credential_key AND o.name = t.location
WHERE t.is_listed = 1 AND t.gpu_count > 0;

-- The cheapest; of equal ones the one whose ID comes first, so that the answer does not waver.
CREATE VIEW best_offers AS
SELECT credential, provider, cloud, instance_type_id, usage_class, type, location, country, gpu_name, gpu_count,
       gpu_memory_gb, gpu_manufacturer, vcpu, memory_bytes, price_nanos, price_per_hour, price_per_gpu_hour, currency,
       is_available, availability_reason, available_since_ms, seen_at_ms, age_s, is_stale
FROM (SELECT o.*, row_number() OVER (PARTITION BY gpu_name, gpu_memory_gb, gpu_count, usage_class, currency
               ORDER BY price_nanos, credential, instance_type_id) AS place
      FROM offers o WHERE is_available = 1 AND is_stale = 0 AND price_nanos IS NOT NULL)
WHERE place = 1;

-- Hours: since it was made, else since it was first seen, until now or its end.
-- BETWEEN, not =, so that SQLite takes the index that holds the GPU too: half the time. INDEXED BY would say it better,
-- but DuckDB cannot parse it, nor IS NOT between two columns.
CREATE VIEW instance_details AS
SELECT c.ref AS credential, i.cloud_id, i.provider, i.cloud, c.tenant_id, i.ref_id, i.cloud_cred_ref_id,
       CASE WHEN i.cloud_cred_ref_id IS NULL THEN 0 ELSE 1 END AS is_ours, i.name, i.status, i.provider_status,
       i.status_message, CASE WHEN i.ended_at_ms IS NULL THEN 0 ELSE 1 END AS is_ended, i.location, i.sub_location,
       i.type, i.instance_type_id, t.gpu_name, t.gpu_count, i.public_ip, i.public_dns, i.private_ip, i.hostname,
       i.ssh_user, i.ssh_port,
       -- A probe speaks for what it was made for only: this run of the machine, at this address.
       CASE WHEN i.status = 'running' AND r.running_since_ms = i.status_since_ms
              AND r.host = coalesce(i.public_ip, i.public_dns, i.private_ip)
              AND coalesce(r.ssh_user, '') = coalesce(i.ssh_user, '')
              AND coalesce(r.ssh_port, 0) = coalesce(i.ssh_port, 0) THEN r.is_ok END AS is_reachable, i.image_id, i.disk_size_bytes, i.is_stoppable,
       i.is_rebootable, i.is_spot, i.price_nanos, i.price_nanos / 1e9 AS price_per_hour, i.currency, i.attributes,
       i.created_at_ms, i.first_seen_at_ms, i.status_since_ms, i.ended_at_ms,
       CASE WHEN i.ended_at_ms IS NULL AND i.is_confirmed = 1
            THEN max(coalesce(s.last_success_at_ms, 0), i.seen_at_ms) ELSE i.seen_at_ms END AS seen_at_ms,
       CASE WHEN i.ended_at_ms IS NOT NULL THEN 0 WHEN i.is_confirmed = 0 THEN 1 ELSE s.is_stale END AS is_stale,
       (coalesce(i.ended_at_ms, (SELECT ms FROM now_ms)) - coalesce(i.created_at_ms, i.first_seen_at_ms)) / 3600000.0
         AS hours
FROM instance i
JOIN credential c USING (credential_key)
JOIN listing_states s ON s.listing_key = i.listing_key
LEFT JOIN instance_type t ON t.credential_key = i.credential_key
  AND t.instance_type_id BETWEEN i.instance_type_id AND i.instance_type_id
LEFT JOIN ssh_probe r ON r.credential_key = i.credential_key AND r.cloud_id = i.cloud_id;

CREATE VIEW instances AS
SELECT credential, cloud_id, provider, cloud, tenant_id, ref_id, cloud_cred_ref_id, is_ours, name, status,
       provider_status, status_message, is_ended, location, sub_location, type, instance_type_id, gpu_name,
       gpu_count, public_ip, public_dns, private_ip, hostname, ssh_user, ssh_port, is_reachable, image_id,
       disk_size_bytes, is_stoppable, is_rebootable, is_spot, price_nanos, price_per_hour, currency,
       attributes, created_at_ms, first_seen_at_ms, status_since_ms, ended_at_ms, seen_at_ms, is_stale
FROM instance_details;

CREATE VIEW instance_tags AS
SELECT c.ref AS credential, i.cloud_id, g.key AS key, g.value AS value
FROM instance i
JOIN credential c USING (credential_key), json_each(i.tags) g;

CREATE VIEW running_instances AS
SELECT d.*, d.price_per_hour * d.hours AS cost_to_date
FROM instance_details d
WHERE d.status = 'running';

-- Machines that cost money now, each once: of several credentials of one tenant the one that made it counts, else one
-- that is in force, else the first.
CREATE VIEW burning_instances AS
SELECT i.credential_key, i.cloud_id, i.instance_type_id, i.tags, i.price_nanos, i.currency,
       i.price_nanos / 1e9 * ((SELECT ms FROM now_ms) - coalesce(i.created_at_ms, i.first_seen_at_ms)) / 3600000.0
         AS cost_to_date
FROM instance i
JOIN credential c USING (credential_key)
WHERE i.ended_at_ms IS NULL AND i.status <> 'stopped'
  AND (NOT EXISTS (SELECT 1 FROM credential k WHERE k.tenant_id = c.tenant_id AND k.credential_key <> c.credential_key)
    OR NOT EXISTS (SELECT 1 FROM instance o JOIN credential d USING (credential_key)
        WHERE o.cloud_id = i.cloud_id AND o.instance_key <> i.instance_key AND d.tenant_id = c.tenant_id
          AND o.ended_at_ms IS NULL
          AND 2 * coalesce(o.cloud_cred_ref_id <> d.ref, 1) + (d.removed_at_ms IS NOT NULL)
              + (o.instance_key > i.instance_key) * 0.5
            < 2 * coalesce(i.cloud_cred_ref_id <> c.ref, 1) + (c.removed_at_ms IS NOT NULL)
              + (i.instance_key > o.instance_key) * 0.5));

-- The many machines are added up to few rows in one pass (the + has it read the table in its order, not in an index's);
-- each of those counts for its tenant, its credential, its GPU and each of its tags.
CREATE VIEW burns AS
SELECT s.scope, s.name, sum(s.instances) AS instances, sum(s.price_nanos) AS price_nanos,
       sum(s.price_nanos) / 1e9 AS price_per_hour, s.currency, sum(s.cost_to_date) AS cost_to_date
FROM (SELECT CASE WHEN n.path = '$[3]' THEN 'tag' WHEN n.key = 0 THEN 'tenant' WHEN n.key = 1 THEN 'credential' ELSE 'gpu' END
               AS scope,
             CASE WHEN n.path = '$[3]' THEN n.key || '=' || n.atom ELSE n.atom END AS name,
             b.instances, b.price_nanos, b.currency, b.cost_to_date
      FROM (SELECT +m.credential_key AS credential_key, t.gpu_name, m.tags, m.currency, count(1) AS instances,
                   sum(m.price_nanos) AS price_nanos, sum(m.cost_to_date) AS cost_to_date
            FROM burning_instances m
            LEFT JOIN instance_type t ON t.credential_key = m.credential_key
              AND t.instance_type_id BETWEEN m.instance_type_id AND m.instance_type_id
            GROUP BY 1, 2, 3, 4) b
      JOIN credential c USING (credential_key),
           json_tree(json_array(c.tenant_id, c.ref, b.gpu_name, json(b.tags))) n
      WHERE n.type <> 'array' AND n.type <> 'object') s
GROUP BY 1, 2, s.currency;

-- Machines that run without anybody answering for them. One row a reason.
CREATE VIEW orphans AS
SELECT credential, cloud_id, reason, since_ms, price_nanos, price_nanos / 1e9 AS price_per_hour, currency
FROM (SELECT c.ref AS credential, i.cloud_id, 'unknown_type' AS reason,
             coalesce((SELECT max(p.started_at_ms) FROM problem p WHERE p.credential_key = i.credential_key
                         AND p.kind = 'unknown_type_id' AND p.subject_id = i.cloud_id AND p.ended_at_ms IS NULL),
                      i.first_seen_at_ms) AS since_ms, i.price_nanos, i.currency
      FROM instance i JOIN credential c USING (credential_key)
      WHERE i.ended_at_ms IS NULL
        AND NOT EXISTS (SELECT 1 FROM instance_type t WHERE t.credential_key = i.credential_key
                          AND t.instance_type_id = i.instance_type_id)
        AND EXISTS (SELECT 1 FROM instance_type t WHERE t.credential_key = i.credential_key)
      UNION ALL
      SELECT c.ref, i.cloud_id, 'no_ref_id', i.first_seen_at_ms, i.price_nanos, i.currency
      FROM instance i JOIN credential c USING (credential_key)
      WHERE i.ended_at_ms IS NULL AND i.ref_id IS NULL
      UNION ALL
      SELECT c.ref, i.cloud_id, 'unknown_credential', i.first_seen_at_ms, i.price_nanos, i.currency
      FROM instance i JOIN credential c USING (credential_key)
      WHERE i.ended_at_ms IS NULL AND i.cloud_cred_ref_id IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM credential k WHERE k.ref = i.cloud_cred_ref_id AND k.removed_at_ms IS NULL));

CREATE VIEW operations AS
SELECT o.id, o.kind, c.ref AS credential, o.ref_id, o.cloud_id, o.state, o.created_at_ms, o.finished_at_ms,
       o.error_kind, o.error
FROM operation o
JOIN credential c USING (credential_key);

CREATE VIEW ssh_probes AS
SELECT c.ref AS credential, r.cloud_id, r.at_ms, r.host, r.stage, r.is_ok, r.error, r.total_ms, r.dns_ms, r.tcp_ms,
       r.banner_ms, r.kex_ms, r.host_key_ms, r.auth_ms, r.exec_ms
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

-- An interval lasts until the next row of its subject.
CREATE VIEW price_history AS
SELECT s.credential, t.instance_type_id, h.usage_class, h.from_ms,
       (SELECT min(n.from_ms) FROM price_change n WHERE n.instance_type_key = h.instance_type_key
          AND n.usage_class = h.usage_class AND n.from_ms > h.from_ms) AS to_ms,
       CASE WHEN h.confirmed_ms IS NOT NULL THEN h.confirmed_ms
            WHEN t.is_listed = 1 AND t.is_confirmed = 1 THEN max(coalesce(s.last_success_at_ms, 0), t.seen_at_ms)
            ELSE t.seen_at_ms END AS confirmed_ms,
       h.price_nanos, h.price_nanos / 1e9 AS price_per_hour, h.currency
FROM price_change h
JOIN instance_type t USING (instance_type_key)
JOIN listing_states s USING (listing_key);

CREATE VIEW availability_history AS
SELECT s.credential, t.instance_type_id, h.from_ms,
       (SELECT min(n.from_ms) FROM availability_change n WHERE n.instance_type_key = h.instance_type_key
          AND n.from_ms > h.from_ms) AS to_ms,
       CASE WHEN h.confirmed_ms IS NOT NULL THEN h.confirmed_ms
            WHEN t.is_confirmed = 1 THEN max(coalesce(s.last_success_at_ms, 0), t.seen_at_ms)
            ELSE t.seen_at_ms END AS confirmed_ms,
       h.is_available, h.availability_reason
FROM availability_change h
JOIN instance_type t USING (instance_type_key)
JOIN listing_states s USING (listing_key);

CREATE VIEW instance_history AS
SELECT s.credential, i.cloud_id, h.from_ms,
       (SELECT min(n.from_ms) FROM status_change n WHERE n.instance_key = h.instance_key AND n.from_ms > h.from_ms)
         AS to_ms,
       CASE WHEN h.confirmed_ms IS NOT NULL THEN h.confirmed_ms
            WHEN i.ended_at_ms IS NULL AND i.is_confirmed = 1
            THEN max(coalesce(s.last_success_at_ms, 0), i.seen_at_ms)
            ELSE max(i.seen_at_ms, h.from_ms) END AS confirmed_ms,
       h.status
FROM status_change h
JOIN instance i USING (instance_key)
JOIN listing_states s USING (listing_key);

CREATE VIEW events AS
SELECT e.event_id AS id, e.at_ms,
       strftime('%Y-%m-%dT%H:%M:', e.at_ms / 1000, 'unixepoch')
         || printf('%02d.%03dZ', e.at_ms / 1000 % 60, e.at_ms % 1000) AS at,
       c.ref AS credential, e.kind, e.subject_kind, e.subject_id, e.field, e.old, e.new, e.detail
FROM event e
JOIN credential c USING (credential_key);

CREATE VIEW sync_states AS
SELECT c.ref AS credential, l.syncer, l.location, l.last_attempt_at_ms, l.last_success_at_ms, l.failing_since_ms,
       l.last_error_kind, l.last_error, l.duration_ms, l.items, l.skipped_ticks
FROM listing l
JOIN credential c USING (credential_key);

CREATE VIEW id_problems AS
SELECT c.ref AS credential, p.kind, nullif(p.subject_id, '') AS subject_id, p.detail, p.started_at_ms, p.ended_at_ms
FROM problem p
JOIN credential c USING (credential_key)
WHERE p.kind IN ('row_rejected', 'duplicate_id', 'id_changed', 'id_missing', 'unknown_type_id', 'az_mismatch');
