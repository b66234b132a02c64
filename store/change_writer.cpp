#include "store/change_writer.hpp"

#include <sysexits.h>

#include <cassert>

#include "store/json_columns.hpp"
#include "store/parameters.hpp"
#include "store/storable.hpp"
#include "tally/event_kinds.hpp"

namespace tally {
namespace {

using namespace parameters;

std::optional<std::string_view> name(const std::optional<AvailabilityReason>& reason) {
  return reason ? std::optional(to_string(*reason)) : std::nullopt;
}

/// What a row is found by again.
const std::string& row_id(const KnownLocation& location) { return location.row->name; }
const std::string& row_id(const KnownType& type) { return type.row->id.str(); }
const std::string& row_id(const KnownInstance& instance) { return instance.row->cloud_id.str(); }
const std::string& row_id(const PricePoint& point) { return point.type.str(); }
const std::string& row_id(const AvailabilityPoint& point) { return point.type.str(); }
const std::string& row_id(const StatusPoint& point) { return point.instance.str(); }

/// What is told instead of an event of a row that was not written.
Event refusal_of(const Event& event) {
  Event refusal;
  refusal.kind = "row_rejected";
  refusal.subject_kind = event.subject_kind;
  refusal.detail = "its ID is no text (not UTF-8, or with a zero byte): " + storable(event.subject_id);
  return refusal;
}

std::int64_t key_of(sqlite::Statement& select, const std::string& what) {
  if (!select.step()) {
    select.reset();
    throw StoreError("the catalog has no row for " + what, EX_SOFTWARE);
  }
  const std::int64_t key = select.integer(0);
  select.reset();
  return key;
}

}  // namespace

void ChangeWriter::write(const ListingState& state) {
  connection_
      .statement(
          "UPDATE listing SET last_attempt_at_ms = ?, last_success_at_ms = ?, failing_since_ms = ?, "
          "last_error_kind = ?, last_error = ?, duration_ms = ?, items = ?, skipped_ticks = ?, interval_ms = ?, "
          "known_since_event_id = CASE WHEN known_since_event_id IS NOT NULL OR ?2 IS NULL THEN known_since_event_id "
          "ELSE coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'event'), 0) END WHERE listing_key = ?")
      .bind(ms(state.last_attempt_at), ms(state.last_success_at), ms(state.failing_since), text(state.last_error_kind),
            text(state.last_error), std::int64_t{state.duration.count()}, state.items, state.skipped_ticks,
            std::int64_t{state.interval.count()}, listing_key(state.key))
      .run();
}

std::int64_t ChangeWriter::write(const ChangeSet& changes) {
  at_ms_ = ms(changes.at);
  const auto for_each = [](const auto& rows, auto&& write) {
    for (const auto& row : rows) {
      if (is_storable(row_id(row))) write(row);
    }
  };
  const auto close = [this](const auto& point) { close_interval(point); };
  const auto open = [this](const auto& point) { open_interval(point); };
  const auto put = [this](const auto& row) { write(row); };
  for_each(changes.prices, close);
  for_each(changes.availability, close);
  for_each(changes.statuses, close);
  for_each(changes.locations, put);
  for_each(changes.types, put);
  for_each(changes.instances, put);
  for_each(changes.prices, open);
  for_each(changes.availability, open);
  for_each(changes.statuses, open);
  std::int64_t first_event = 0;
  for (const Event& event : changes.events) {
    const std::int64_t id = write(is_storable(event.subject_id) ? event : refusal_of(event));
    if (first_event == 0) first_event = id;
  }
  for (const ProblemKey& problem : changes.problems_ended) end(problem, changes.problem_listing);
  for (const Problem& problem : changes.problems_started) start(problem, changes.problem_listing);
  return first_event;
}

void ChangeWriter::write(const KnownLocation& location) {
  const Location& row = *location.row;
  connection_
      .statement(
          "INSERT INTO location (credential_key, name, description, is_available, endpoint, priority, country, "
          "absences, "
          "is_listed, is_confirmed, first_seen_at_ms, seen_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
          "ON CONFLICT (credential_key, name) DO UPDATE SET description = excluded.description, "
          "is_available = excluded.is_available, endpoint = excluded.endpoint, priority = excluded.priority, "
          "country = excluded.country, absences = excluded.absences, is_listed = excluded.is_listed, is_confirmed = "
          "excluded.is_confirmed, "
          "seen_at_ms = excluded.seen_at_ms")
      .bind(credential_key_, row.name, text(row.description), row.is_available, text(row.endpoint), row.priority,
            text(row.country), location.absences, location.is_listed, location.is_confirmed, ms(location.first_seen_at),
            ms(location.seen_at))
      .run();
}

void ChangeWriter::write(const KnownType& type) {
  const InstanceType& row = *type.row;
  const Gpu* gpu = row.gpus.empty() ? nullptr : &row.gpus.front();
  const auto of_gpu = [gpu](auto member) { return gpu == nullptr ? std::nullopt : std::optional(gpu->*member); };
  connection_
      .statement(
          "INSERT INTO instance_type (credential_key, listing_key, instance_type_id, provider, cloud, type, location, "
          "sub_location, available_azs, vcpu, memory_bytes, architectures, gpu_name, gpu_count, gpu_memory_gb, "
          "gpu_manufacturer, gpus, storage, is_available, availability_reason, is_stoppable, is_rebootable, "
          "attributes, "
          "is_listed, is_confirmed, first_seen_at_ms, changed_at_ms, seen_at_ms) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, ''), ?, ?, nullif(?, ''), ?, ?, ?, ?, ?, ?, ?, ?, ?, "
          "?, "
          "?, ?) ON CONFLICT (credential_key, instance_type_id) DO UPDATE SET listing_key = excluded.listing_key, "
          "provider = excluded.provider, cloud = excluded.cloud, type = excluded.type, location = excluded.location, "
          "sub_location = excluded.sub_location, available_azs = excluded.available_azs, vcpu = excluded.vcpu, "
          "memory_bytes = excluded.memory_bytes, architectures = excluded.architectures, gpu_name = excluded.gpu_name, "
          "gpu_count = excluded.gpu_count, gpu_memory_gb = excluded.gpu_memory_gb, "
          "gpu_manufacturer = excluded.gpu_manufacturer, gpus = excluded.gpus, storage = excluded.storage, "
          "is_available = excluded.is_available, availability_reason = excluded.availability_reason, "
          "is_stoppable = excluded.is_stoppable, is_rebootable = excluded.is_rebootable, "
          "attributes = excluded.attributes, is_listed = excluded.is_listed, is_confirmed = excluded.is_confirmed, "
          "changed_at_ms = excluded.changed_at_ms, seen_at_ms = excluded.seen_at_ms")
      .bind(credential_key_, listing_key(type.listing), row.id.str(), text(row.provider), text(row.cloud),
            text(row.type), text(row.location), text(row.sub_location), to_json_text(row.available_azs), row.vcpu,
            count(row.memory), to_json_text(row.architectures), of_gpu(&Gpu::name), of_gpu(&Gpu::count),
            gpu == nullptr ? std::nullopt : gpu->memory_gb, of_gpu(&Gpu::manufacturer), to_json_text(row.gpus),
            to_json_text(row.storage), row.is_available, name(row.availability_reason), row.is_stoppable,
            row.is_rebootable, to_json_text(row.attributes), type.is_listed, type.is_confirmed, ms(type.first_seen_at),
            ms(type.changed_at), ms(type.seen_at))
      .run();
  write_prices(type, type_key(row.id));
}

void ChangeWriter::write_prices(const KnownType& type, std::int64_t key) {
  for (const UsageClass usage : {UsageClass::on_demand, UsageClass::spot}) {
    const Price* price = find_price(*type.row, usage);
    if (price == nullptr) {
      connection_.statement("DELETE FROM price WHERE instance_type_key = ? AND usage_class = ?")
          .bind(key, to_string(usage))
          .run();
      continue;
    }
    // A price from an API keeps the time of its first reading until it changes.
    connection_
        .statement(
            "INSERT INTO price (instance_type_key, usage_class, price_nanos, currency, price_source, listed_at_ms, "
            "price_at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, coalesce(?6, ?7)) ON CONFLICT (instance_type_key, "
            "usage_class) DO UPDATE "
            "SET price_at_ms = CASE WHEN ?6 IS NULL AND price_nanos IS excluded.price_nanos AND "
            "currency IS excluded.currency THEN price_at_ms ELSE excluded.price_at_ms END, "
            "price_nanos = excluded.price_nanos, currency = excluded.currency, "
            "price_source = excluded.price_source, listed_at_ms = excluded.listed_at_ms")
        .bind(key, to_string(usage), nanos(price->amount), currency(price->amount), to_string(price->source),
              ms(price->listed_at), at_ms_)
        .run();
  }
}

void ChangeWriter::write(const KnownInstance& instance) {
  const Instance& row = *instance.row;
  connection_
      .statement(
          "INSERT INTO instance (credential_key, listing_key, cloud_id, provider, cloud, ref_id, cloud_cred_ref_id, "
          "name, "
          "status, provider_status, status_message, location, sub_location, type, instance_type_id, public_ip, "
          "public_dns, private_ip, hostname, ssh_user, ssh_port, image_id, disk_size_bytes, is_stoppable, "
          "is_rebootable, "
          "is_spot, price_nanos, currency, tags, attributes, created_at_ms, absences, is_confirmed, first_seen_at_ms, "
          "status_since_ms, seen_at_ms, ended_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
          "?, "
          "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (credential_key, cloud_id) DO UPDATE SET "
          "listing_key = excluded.listing_key, provider = excluded.provider, cloud = excluded.cloud, "
          "ref_id = excluded.ref_id, cloud_cred_ref_id = excluded.cloud_cred_ref_id, name = excluded.name, "
          "status = excluded.status, provider_status = excluded.provider_status, "
          "status_message = excluded.status_message, location = excluded.location, "
          "sub_location = excluded.sub_location, type = excluded.type, instance_type_id = excluded.instance_type_id, "
          "public_ip = excluded.public_ip, public_dns = excluded.public_dns, private_ip = excluded.private_ip, "
          "hostname = excluded.hostname, ssh_user = excluded.ssh_user, ssh_port = excluded.ssh_port, "
          "image_id = excluded.image_id, disk_size_bytes = excluded.disk_size_bytes, "
          "is_stoppable = excluded.is_stoppable, is_rebootable = excluded.is_rebootable, is_spot = excluded.is_spot, "
          "price_nanos = excluded.price_nanos, currency = excluded.currency, tags = excluded.tags, "
          "attributes = excluded.attributes, created_at_ms = excluded.created_at_ms, absences = excluded.absences, "
          "is_confirmed = excluded.is_confirmed, status_since_ms = excluded.status_since_ms, "
          "seen_at_ms = excluded.seen_at_ms, ended_at_ms = excluded.ended_at_ms")
      .bind(credential_key_, listing_key(instance.listing), row.cloud_id.str(), text(row.provider), text(row.cloud),
            text(row.ref_id), text(row.cloud_cred_ref_id), text(row.name), to_string(instance.status),
            text(row.provider_status), text(row.status_message), text(row.location), text(row.sub_location),
            text(row.type), text(row.instance_type_id), text(row.public_ip), text(row.public_dns), text(row.private_ip),
            text(row.hostname), text(row.ssh_user), row.ssh_port, text(row.image_id), count(row.disk_size),
            row.is_stoppable, row.is_rebootable, row.is_spot, nanos(row.price), currency(row.price),
            to_json_text(row.tags), to_json_text(*row.attributes), ms(row.created_at), instance.absences,
            instance.is_confirmed, ms(instance.first_seen_at), ms(instance.status_since), ms(instance.seen_at),
            ms(instance.ended_at))
      .run();
}

// The subject's row still says what it said before this change set: until when it was vouched for. Within the interval,
// whatever the wall clock has done meanwhile.
void ChangeWriter::close_interval(const PricePoint& point) {
  connection_
      .statement(
          "UPDATE price_change SET confirmed_ms = max(from_ms, min(?4, (SELECT CASE WHEN t.is_listed = 1 AND "
          "t.is_confirmed = 1 THEN max(coalesce(l.last_success_at_ms, 0), t.seen_at_ms) ELSE t.seen_at_ms END "
          "FROM instance_type t JOIN listing l USING (listing_key) WHERE t.instance_type_key = "
          "price_change.instance_type_key))) WHERE usage_class = ?3 AND confirmed_ms IS NULL AND instance_type_key = "
          "(SELECT instance_type_key "
          "FROM instance_type WHERE credential_key = ?1 AND instance_type_id = ?2)")
      .bind(credential_key_, point.type.str(), to_string(point.usage_class), at_ms_)
      .run();
}

void ChangeWriter::close_interval(const AvailabilityPoint& point) {
  connection_
      .statement(
          "UPDATE availability_change SET confirmed_ms = max(from_ms, min(?3, (SELECT CASE WHEN t.is_confirmed = 1 "
          "THEN max(coalesce(l.last_success_at_ms, 0), t.seen_at_ms) ELSE t.seen_at_ms END FROM instance_type t "
          "JOIN listing l USING (listing_key) WHERE t.instance_type_key = availability_change.instance_type_key))) "
          "WHERE confirmed_ms IS NULL AND instance_type_key = (SELECT instance_type_key FROM instance_type "
          "WHERE credential_key = ?1 AND instance_type_id = ?2)")
      .bind(credential_key_, point.type.str(), at_ms_)
      .run();
}

void ChangeWriter::close_interval(const StatusPoint& point) {
  connection_
      .statement(
          "UPDATE status_change SET confirmed_ms = max(from_ms, min(?3, (SELECT CASE WHEN i.is_confirmed = 1 "
          "THEN max(coalesce(l.last_success_at_ms, 0), i.seen_at_ms) ELSE i.seen_at_ms END FROM instance i "
          "JOIN listing l USING (listing_key) WHERE i.instance_key = status_change.instance_key))) "
          "WHERE confirmed_ms IS NULL AND instance_key = (SELECT instance_key FROM instance "
          "WHERE credential_key = ?1 AND cloud_id = ?2)")
      .bind(credential_key_, point.instance.str(), at_ms_)
      .run();
}

// After the last one of its subject, also when the wall clock was set back meanwhile; at the same moment in its place,
// so that a change set may be written twice.
void ChangeWriter::open_interval(const PricePoint& point) {
  connection_
      .statement(
          "INSERT OR REPLACE INTO price_change (instance_type_key, usage_class, from_ms, price_nanos, currency) SELECT "
          "?1, ?2, coalesce((SELECT max(from_ms) + 1 FROM price_change WHERE instance_type_key = ?1 AND "
          "usage_class = ?2 AND from_ms > ?3), ?3), ?4, ?5")
      .bind(type_key(point.type), to_string(point.usage_class), at_ms_, nanos(point.amount), currency(point.amount))
      .run();
}

void ChangeWriter::open_interval(const AvailabilityPoint& point) {
  connection_
      .statement(
          "INSERT OR REPLACE INTO availability_change (instance_type_key, from_ms, is_available, availability_reason) "
          "SELECT ?1, coalesce((SELECT max(from_ms) + 1 FROM availability_change WHERE instance_type_key = ?1 AND "
          "from_ms > ?2), ?2), ?3, ?4")
      .bind(type_key(point.type), at_ms_, point.is_available, name(point.reason))
      .run();
}

void ChangeWriter::open_interval(const StatusPoint& point) {
  connection_
      .statement(
          "INSERT OR REPLACE INTO status_change (instance_key, from_ms, status) SELECT ?1, coalesce((SELECT "
          "max(from_ms) + 1 FROM status_change WHERE instance_key = ?1 AND from_ms > ?2), ?2), ?3")
      .bind(instance_key(point.instance), at_ms_, to_string(point.status))
      .run();
}

std::int64_t ChangeWriter::write(const Event& event) {
  assert(find_event_kind(event.kind) != nullptr);
  connection_
      .statement(
          "INSERT INTO event (at_ms, credential_key, kind, subject_kind, subject_id, field, old, new, detail) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(at_ms_, credential_key_, event.kind, event.subject_kind, text(event.subject_id), event.field,
            event.old_value, event.new_value, event.detail)
      .run();
  return sqlite3_last_insert_rowid(connection_.handle());
}

void ChangeWriter::start(const Problem& problem, const ListingKey& listing) {
  connection_
      .statement(
          "INSERT INTO problem (credential_key, listing_key, kind, subject_kind, subject_id, value, detail, "
          "started_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(credential_key_, listing_key(problem.key, listing), problem.key.kind, problem.key.subject_kind,
            problem.key.subject_id, problem.key.value, problem.detail, at_ms_)
      .run();
}

void ChangeWriter::end(const ProblemKey& problem, const ListingKey& listing) {
  connection_
      .statement(
          "UPDATE problem SET ended_at_ms = max(?, started_at_ms) WHERE credential_key = ? AND kind = ? AND "
          "subject_kind = ? AND "
          "subject_id = ? AND value = ? AND listing_key IS ? AND ended_at_ms IS NULL")
      .bind(at_ms_, credential_key_, problem.kind, problem.subject_kind, problem.subject_id, problem.value,
            listing_key(problem, listing))
      .run();
}

std::int64_t ChangeWriter::listing_key(const ListingKey& listing) {
  const auto known = listing_keys_.find(listing);
  if (known != listing_keys_.end()) return known->second;
  connection_
      .statement("INSERT INTO listing (credential_key, syncer, location) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
      .bind(credential_key_, to_string(listing.syncer), listing.location)
      .run();
  sqlite::Statement& select =
      connection_.statement("SELECT listing_key FROM listing WHERE credential_key = ? AND syncer = ? AND location = ?")
          .bind(credential_key_, to_string(listing.syncer), listing.location);
  const std::int64_t key = key_of(select, "a listing");
  return listing_keys_.emplace(listing, key).first->second;
}

/// A problem of the credential itself belongs to no listing, nor does one that was found over SSH.
std::optional<std::int64_t> ChangeWriter::listing_key(const ProblemKey& problem, const ListingKey& listing) {
  const bool is_of_none = problem.kind == "same_tenant" || problem.kind == "credential_failing" ||
                          problem.kind == "clock_skew" || problem.kind == "location_forbidden" ||
                          problem.kind == "shared_host";
  if (is_of_none) return std::nullopt;
  return listing_key(listing);
}

std::int64_t ChangeWriter::type_key(const InstanceTypeId& id) {
  return key_of(connection_
                    .statement("SELECT instance_type_key FROM instance_type WHERE credential_key = ? AND "
                               "instance_type_id = ?")
                    .bind(credential_key_, id.str()),
                "type " + id.str());
}

std::int64_t ChangeWriter::instance_key(const CloudId& id) {
  return key_of(connection_.statement("SELECT instance_key FROM instance WHERE credential_key = ? AND cloud_id = ?")
                    .bind(credential_key_, id.str()),
                "instance " + id.str());
}

}  // namespace tally
