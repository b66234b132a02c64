#include "store/account_loader.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "cloud/limits.hpp"
#include "store/columns.hpp"
#include "store/json_columns.hpp"
#include "tally/next_known.hpp"

namespace tally {
namespace {

SyncerKind syncer_from(const std::string& name) {
  return name == "instances" ? SyncerKind::instances : SyncerKind::instance_types;
}

std::optional<AvailabilityReason> reason_from(const std::string& name) {
  constexpr std::array reasons = {AvailabilityReason::capacity, AvailabilityReason::quota, AvailabilityReason::disabled,
                                  AvailabilityReason::unlisted, AvailabilityReason::held};
  for (const AvailabilityReason reason : reasons) {
    if (to_string(reason) == name) return reason;
  }
  return std::nullopt;
}

PriceSource source_from(const std::string& name) {
  if (name == "list") return PriceSource::list;
  return name == "estimate" ? PriceSource::estimate : PriceSource::api;
}

using Listings = std::map<std::int64_t, ListingKey>;

std::map<ListingKey, ListingState> load_listings(sqlite::Connection& connection, std::int64_t credential,
                                                 Listings& keys) {
  std::map<ListingKey, ListingState> states;
  sqlite::Statement& select =
      connection
          .statement(
              "SELECT listing_key, syncer, location, last_attempt_at_ms, last_success_at_ms, failing_since_ms, "
              "last_error_kind, last_error, duration_ms, items, skipped_ticks, interval_ms FROM listing "
              "WHERE credential_key = ?")
          .bind(credential);
  for_each_row(select, "listing", [&](Columns columns) {
    const std::int64_t key = columns.integer();
    ListingState state;
    state.key.syncer = syncer_from(columns.text());
    state.key.location = columns.text();
    state.last_attempt_at = columns.optional_time();
    state.last_success_at = columns.optional_time();
    state.failing_since = columns.optional_time();
    state.last_error_kind = columns.text();
    state.last_error = columns.text();
    state.duration = std::chrono::milliseconds(columns.integer());
    state.items = columns.integer();
    state.skipped_ticks = columns.integer();
    state.interval = std::chrono::milliseconds(columns.integer());
    keys.emplace(key, state.key);
    states.emplace(state.key, std::move(state));
  });
  return states;
}

KnownLocations load_locations(sqlite::Connection& connection, std::int64_t credential) {
  KnownLocations known;
  sqlite::Statement& select =
      connection
          .statement(
              "SELECT name, description, is_available, endpoint, priority, country, absences, is_listed, is_confirmed, "
              "first_seen_at_ms, seen_at_ms FROM location WHERE credential_key = ?1 AND (is_listed = 1 OR location_key "
              "IN "
              "(SELECT location_key FROM location WHERE credential_key = ?1 AND is_listed = 0 "
              "ORDER BY seen_at_ms DESC LIMIT ?2))")
          .bind(credential, std::int64_t{limits::locations_per_account});
  for_each_row(select, "location", [&](Columns columns) {
    Location row;
    row.name = columns.text();
    row.description = columns.text();
    row.is_available = columns.flag();
    row.endpoint = columns.text();
    row.priority = static_cast<int>(columns.integer());
    row.country = columns.text();
    KnownLocation location;
    location.absences = static_cast<int>(columns.integer());
    location.is_listed = columns.flag();
    location.is_confirmed = columns.flag();
    location.first_seen_at = columns.time();
    location.seen_at = columns.time();
    std::string name = row.name;
    location.row = std::make_shared<const Location>(std::move(row));
    known.rows.emplace(std::move(name), std::move(location));
  });
  return known;
}

/// Of which rows: a condition on `t`, in which ?1 is the credential and ?2 what the caller binds.
struct Which {
  std::string_view condition;
  std::string parameter;
};

const Which types_in_use{
    "is_listed = 1 OR EXISTS (SELECT 1 FROM instance i WHERE i.credential_key = t.credential_key AND "
    "i.instance_type_id = t.instance_type_id AND i.ended_at_ms IS NULL) OR instance_type_key IN (SELECT "
    "instance_type_key FROM instance_type WHERE credential_key = ?1 AND is_listed = 0 ORDER BY changed_at_ms DESC "
    "LIMIT ?2)",
    std::to_string(limits::gone_rows_known)};
const Which instances_in_use{"ended_at_ms IS NULL OR is_confirmed = ?2", "1"};

Which types_among(const std::vector<std::string>& ids) {
  return {"instance_type_id IN (SELECT value FROM json_each(?2))", to_json_text(ids)};
}
Which instances_among(const std::vector<std::string>& ids) {
  return {"cloud_id IN (SELECT value FROM json_each(?2))", to_json_text(ids)};
}

std::map<std::int64_t, std::vector<Price>> load_prices(sqlite::Connection& connection, std::int64_t credential,
                                                       const Which& which) {
  std::map<std::int64_t, std::vector<Price>> prices;
  sqlite::Statement select(
      connection.handle(),
      fmt::format("SELECT p.instance_type_key, p.usage_class, p.price_nanos, p.currency, p.price_source, "
                  "p.listed_at_ms FROM price p JOIN instance_type t USING (instance_type_key) WHERE t.credential_key = "
                  "?1 AND ({}) ORDER BY p.instance_type_key, p.usage_class",
                  which.condition));
  select.bind(credential, which.parameter);
  for_each_row(select, "price", [&](Columns columns) {
    const std::int64_t key = columns.integer();
    Price price;
    price.usage_class = columns.text() == to_string(UsageClass::spot) ? UsageClass::spot : UsageClass::on_demand;
    price.amount = columns.optional_money();
    price.source = source_from(columns.text());
    price.listed_at = columns.optional_time();
    prices[key].push_back(price);
  });
  return prices;
}

std::vector<KnownType> load_types(sqlite::Connection& connection, std::int64_t credential, const Listings& listings,
                                  const Which& which) {
  std::vector<KnownType> known;
  std::map<std::int64_t, std::vector<Price>> prices = load_prices(connection, credential, which);
  sqlite::Statement select(
      connection.handle(),
      fmt::format("SELECT instance_type_key, listing_key, instance_type_id, provider, cloud, type, location, "
                  "sub_location, available_azs, vcpu, memory_bytes, architectures, gpus, storage, is_available, "
                  "availability_reason, is_stoppable, is_rebootable, attributes, is_listed, is_confirmed, "
                  "first_seen_at_ms, changed_at_ms, seen_at_ms FROM instance_type t WHERE credential_key = ?1 AND ({})",
                  which.condition));
  select.bind(credential, which.parameter);
  for_each_row(select, "instance_type", [&](Columns columns) {
    const std::int64_t key = columns.integer();
    KnownType type;
    type.listing = listings.at(columns.integer());
    InstanceType row;
    row.id = InstanceTypeId(columns.text());
    row.provider = columns.text();
    row.cloud = columns.text();
    row.type = columns.text();
    row.location = columns.text();
    row.sub_location = columns.text();
    row.available_azs = columns.json<std::vector<std::string>>();
    row.vcpu = columns.optional_int32();
    row.memory = columns.optional_bytes();
    row.architectures = columns.json<std::vector<std::string>>();
    row.gpus = columns.json<std::vector<Gpu>>();
    row.storage = columns.json<std::vector<Storage>>();
    row.is_available = columns.optional_flag();
    row.availability_reason = reason_from(columns.text());
    row.is_stoppable = columns.optional_flag();
    row.is_rebootable = columns.optional_flag();
    row.attributes = columns.json<TypeAttributes>();
    row.prices = std::move(prices[key]);
    type.is_listed = columns.flag();
    type.is_confirmed = columns.flag();
    type.first_seen_at = columns.time();
    type.changed_at = columns.time();
    type.seen_at = columns.time();
    type.row = std::make_shared<const InstanceType>(std::move(row));
    known.push_back(std::move(type));
  });
  return known;
}

std::vector<KnownInstance> load_instances(sqlite::Connection& connection, std::int64_t credential,
                                          const Listings& listings, const Which& which) {
  std::vector<KnownInstance> known;
  sqlite::Statement select(
      connection.handle(),
      fmt::format("SELECT listing_key, cloud_id, provider, cloud, ref_id, cloud_cred_ref_id, name, status, "
                  "provider_status, status_message, location, sub_location, type, instance_type_id, public_ip, "
                  "public_dns, private_ip, hostname, ssh_user, ssh_port, image_id, disk_size_bytes, is_stoppable, "
                  "is_rebootable, is_spot, price_nanos, currency, tags, attributes, created_at_ms, absences, "
                  "is_confirmed, first_seen_at_ms, status_since_ms, seen_at_ms, ended_at_ms FROM instance t "
                  "WHERE credential_key = ?1 AND ({})",
                  which.condition));
  select.bind(credential, which.parameter);
  for_each_row(select, "instance", [&](Columns columns) {
    KnownInstance instance;
    instance.listing = listings.at(columns.integer());
    Instance row;
    row.cloud_id = CloudId(columns.text());
    row.provider = columns.text();
    row.cloud = columns.text();
    row.ref_id = RefId(columns.text());
    row.cloud_cred_ref_id = CredentialRef(columns.text());
    row.name = columns.text();
    row.status = lifecycle_status_from(columns.text());
    row.provider_status = columns.text();
    row.status_message = columns.text();
    row.location = columns.text();
    row.sub_location = columns.text();
    row.type = columns.text();
    row.instance_type_id = InstanceTypeId(columns.text());
    row.public_ip = columns.text();
    row.public_dns = columns.text();
    row.private_ip = columns.text();
    row.hostname = columns.text();
    row.ssh_user = columns.text();
    row.ssh_port = columns.optional_int32();
    row.image_id = columns.text();
    row.disk_size = columns.optional_bytes();
    row.is_stoppable = columns.optional_flag();
    row.is_rebootable = columns.optional_flag();
    row.is_spot = columns.flag();
    row.price = columns.optional_money();
    row.tags = columns.json<std::map<std::string, std::string>>();
    row.attributes = columns.json<InstanceAttributes>();
    row.created_at = columns.optional_time();
    instance.status = row.status.value();
    instance.absences = static_cast<int>(columns.integer());
    instance.is_confirmed = columns.flag();
    instance.first_seen_at = columns.time();
    instance.status_since = columns.time();
    instance.seen_at = columns.time();
    instance.ended_at = columns.optional_time();
    instance.row = std::make_shared<const Instance>(std::move(row));
    known.push_back(std::move(instance));
  });
  return known;
}

/// Each row in the listing that owns it.
template <class Known>
NextKnown<Known> listed(std::vector<Known> rows) {
  NextKnown<Known> next(std::make_shared<const KnownRows<Known>>());
  for (Known& row : rows) next.put(std::move(row));
  return next;
}

/// What the breaker holds back in a location is a problem of the listing of its rows, not of the list of locations.
bool is_of_rows_there(const ProblemKey& problem) {
  return problem.kind == "mass_change_held" && !problem.subject_id.empty();
}

}  // namespace

std::vector<KnownType> load_types(sqlite::Connection& connection, std::int64_t credential,
                                  const std::vector<std::string>& ids) {
  Listings listings;
  load_listings(connection, credential, listings);
  return load_types(connection, credential, listings, types_among(ids));
}

std::vector<KnownInstance> load_instances(sqlite::Connection& connection, std::int64_t credential,
                                          const std::vector<std::string>& ids) {
  Listings listings;
  load_listings(connection, credential, listings);
  return load_instances(connection, credential, listings, instances_among(ids));
}

KnownAccount load_account(sqlite::Connection& connection, std::int64_t credential) {
  KnownAccount account;
  Listings listings;
  account.listings = load_listings(connection, credential, listings);
  KnownLocations locations = load_locations(connection, credential);
  auto types = listed(load_types(connection, credential, listings, types_in_use));
  auto instances = listed(load_instances(connection, credential, listings, instances_in_use));

  sqlite::Statement& select = connection
                                  .statement(
                                      "SELECT listing_key, kind, subject_kind, subject_id, value FROM problem "
                                      "WHERE credential_key = ? AND ended_at_ms IS NULL AND list_key IS NULL")
                                  .bind(credential);
  for_each_row(select, "problem", [&](Columns columns) {
    const std::optional<std::int64_t> listing = columns.optional_integer();
    ProblemKey problem;
    problem.kind = columns.text();
    problem.subject_kind = columns.text();
    problem.subject_id = columns.text();
    problem.value = columns.text();
    if (!listing) {
      account.credential_problems.insert(std::move(problem));
    } else if (problem.subject_kind == "location" && !is_of_rows_there(problem)) {
      locations.problems.insert(std::move(problem));
    } else if (const ListingKey& key = listings.at(*listing); key.syncer == SyncerKind::instances) {
      instances.of(key).problems.insert(std::move(problem));
    } else {
      types.of(key).problems.insert(std::move(problem));
    }
  });
  account.types = std::move(types).finish();
  account.instances = std::move(instances).finish();
  account.locations = std::make_shared<const KnownLocations>(std::move(locations));
  return account;
}

}  // namespace tally
