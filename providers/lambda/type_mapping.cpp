#include <algorithm>
#include <set>
#include <utility>

#include "cloud/architecture.hpp"
#include "net/json_quote.hpp"
#include "net/json_rows.hpp"
#include "providers/lambda/gpu_description.hpp"
#include "providers/lambda/mapping.hpp"
#include "providers/lambda/regions.hpp"
#include "providers/rest/model_size.hpp"

namespace tally::lambda {
namespace {

Location read_region(const json::Fields& fields) {
  Location region;
  region.name = fields.required_text("name");
  region.description = fields.text("description");
  region.country = country_of(region.name);
  return region;
}

std::string read_architecture(const json::Fields& type, const std::vector<Gpu>& gpus) {
  const std::string stated = type.text("architecture");
  if (!stated.empty()) return normalize_architecture(stated);
  const bool is_grace = !gpus.empty() && (gpus.front().name.starts_with("GH") || gpus.front().name.starts_with("GB"));
  return is_grace ? "arm64" : "x86_64";
}

InstanceType read_type(const json::Fields& fields) {
  InstanceType type;
  type.provider = type.cloud = "lambda-labs";
  type.type = fields.required_text("name");
  Price price;
  price.amount = fields.price_in_cents("price_cents_per_hour");
  type.prices = {price};
  type.is_stoppable = false;
  type.is_rebootable = true;

  TypeTexts texts{type.type, fields.text("description", limits::description),
                  fields.text("gpu_description", limits::description), std::nullopt};
  if (const auto specs = fields.object("specs")) {
    type.vcpu = specs->int32("vcpus");
    type.memory = specs->bytes("memory_gib", ByteUnit::gibibyte);
    texts.gpus = specs->int32("gpus");
    if (const auto size = specs->bytes("storage_gib", ByteUnit::gibibyte)) {
      Storage disk;
      disk.count = 1;
      disk.type = "ssd";
      disk.size = size;
      type.storage = {disk};
    }
  }
  const DescribedGpu described = describe_gpu(texts);
  if (described.gpu) type.gpus = {*described.gpu};
  if (!described.gpu && !described.is_cpu_only) fields.deciding().report("description", "names no GPU");
  type.architectures = {read_architecture(fields, type.gpus)};
  return type;
}

Error too_many_regions(std::size_t count) {
  return json::bad_reply(std::to_string(count) + " regions; more than " +
                         std::to_string(limits::locations_per_account) + " are not believable");
}

Error too_many_rows(std::size_t types, std::size_t regions) {
  return json::bad_reply(std::to_string(types) + " types in " + std::to_string(regions) + " regions; more than " +
                         std::to_string(limits::rows_per_listing) + " rows are not believable");
}

}  // namespace

RegionList::RegionList(const Redactor& redactor)
    : rows_({"data", read_region, limits::locations_per_account}, redactor) {}

Result<Answer<Location>> RegionList::read(std::string body, WorkLimit limit) {
  std::vector<std::string> page;
  page.push_back(std::move(body));
  ModelSize size;
  return rows_.read(page, size, limit);
}

TypeReader::Entry TypeReader::decode(const json::RawRow& raw, json::RowReader& row, bool is_object) {
  Entry entry;
  json::Findings listed;  // of the list of regions
  // The key stands in for a name that cannot be read.
  if (raw.key.size() <= limits::id) entry.name = raw.key;
  if (is_object) {
    constexpr std::string_view capacity = "regions_with_capacity_available";
    const json::Fields fields = row.fields().deciding();
    if (const auto type = fields.object("instance_type")) {
      entry.prototype = read_type(*type);
      if (!entry.prototype.type.empty()) entry.name = entry.prototype.type;
    } else {
      fields.report("instance_type", "is missing");
    }
    for (const json::Fields& each : fields.reporting_to(listed).objects(capacity, limits::locations_per_account)) {
      Location region = read_region(each);
      if (!region.name.empty()) entry.regions_with_capacity.push_back(std::move(region));
    }
    for (const json::OddField& odd : listed.odd) row.fields().report(odd.field, odd.reason);
    entry.is_capacity_known = fields.has(capacity) && listed.fault.empty();
  }
  entry.findings = row.findings();
  if (!entry.regions_with_capacity.empty()) {
    entry.unread_region = std::move(listed.fault);
  } else if (entry.findings.fault.empty()) {
    entry.findings.fault = std::move(listed.fault);
  }
  ModelSize size;
  size.add(size_of(entry.prototype) + size_of(entry.findings));
  size.add(entry.regions_with_capacity);
  if (!entry.unread_region.empty()) size.add(sizeof(Rejected) + 2 * entry.unread_region.size());  // the answer's, too
  entry.size = size.bytes();
  return entry;
}

/// What expand() or reject() will make of it.
std::size_t TypeReader::rows_size(const Entry& entry, const std::vector<Location>& regions) {
  InstanceType type = entry.prototype;
  Rejected rejected{"", entry.findings.fault, ""};
  std::size_t size = 0;
  for (const Location& region : regions) {
    type.location = region.name;
    type.id = make_instance_type_id(type);
    rejected.id = type.id.str();
    size += entry.findings.fault.empty() ? size_of(type) : size_of(rejected);
  }
  return size;
}

void TypeReader::expand(Entry& entry, const std::vector<Location>& regions) {
  std::set<std::string_view> with_capacity;
  for (const Location& region : entry.regions_with_capacity) with_capacity.insert(region.name);
  entry.rows.clear();
  for (const Location& region : regions) {
    InstanceType type = entry.prototype;
    type.location = region.name;
    if (with_capacity.contains(region.name)) {
      type.is_available = true;
    } else if (entry.is_capacity_known) {
      type.is_available = false;
    }
    if (type.is_available == false) type.availability_reason = AvailabilityReason::capacity;
    type.id = make_instance_type_id(type);
    entry.rows.push_back(std::make_shared<const InstanceType>(std::move(type)));
  }
}

/// One vendor row is one row of ours in each region: all of them keep what is known.
void TypeReader::reject(const Entry& entry, std::string_view text, Answer<InstanceType>& listing) const {
  if (entry.name.empty()) {
    json::reject(listing.rejected, "", entry.findings.fault, text, redactor_);
    return;
  }
  InstanceType type;
  type.type = entry.name;
  for (const Location& region : regions_) {
    type.location = region.name;
    json::reject(listing.rejected, make_instance_type_id(type).str(), entry.findings.fault, text, redactor_);
  }
}

Result<TypesAnswer> TypeReader::read(const std::string& body, const std::vector<Row<Location>>& regions,
                                     WorkLimit limit) {
  std::vector<Location> given;
  for (const Row<Location>& region : regions) given.push_back(*region);
  if (given != given_) {
    given_ = std::move(given);
    last_.forget();
  }
  return last_.get({&body, 1}, [&] { return read_rows(body, limit); });
}

Result<TypesAnswer> TypeReader::read_rows(std::string_view body, WorkLimit& limit) {
  RowReading<Entry> reading(memo_, "the entry of a type", limit);
  TypesAnswer answer;
  std::vector<Location> all = given_;
  std::set<std::string> known;
  std::set<std::string> named;
  for (const Location& region : given_) known.insert(region.name);
  std::vector<std::pair<Entry*, std::string_view>> entries;
  const auto take = [&](const json::RawRow& raw, Entry& entry) -> Result<> {
    entries.emplace_back(&entry, raw.text);
    for (const Location& region : entry.regions_with_capacity) {
      if (region.name.empty() || !named.insert(region.name).second) continue;
      answer.named.push_back(region);
      if (!known.contains(region.name)) all.push_back(region);
    }
    if (all.size() > limits::locations_per_account) return tl::unexpected(too_many_regions(all.size()));
    return {};
  };
  const Result<> read = reading.each(json::split_rows(body, "data", json::Container::object, limit), decode, take);
  if (!read) return tl::unexpected(read.error());
  if (entries.size() * all.size() > limits::rows_per_listing) {
    return tl::unexpected(too_many_rows(entries.size(), all.size()));
  }
  if (all != regions_) {
    regions_ = std::move(all);
    ++version_;
  }
  ModelSize& size = reading.size();
  for (const auto& [entry, text] : entries) {
    if (limit.is_over()) return tl::unexpected(json::too_long_to_read());
    if (entry->rows_version != version_) entry->rows_size = rows_size(*entry, regions_);
    size.add(entry->rows_size);
    if (size.is_too_large()) return tl::unexpected(too_much_to_hold());
  }

  Answer<InstanceType>& listing = answer.types;
  listing.rows.reserve(entries.size() * regions_.size());
  for (auto& [entry, text] : entries) {
    if (limit.is_over()) return tl::unexpected(json::too_long_to_read());
    if (!entry->findings.fault.empty()) {
      reject(*entry, text, listing);
      continue;
    }
    if (entry->rows_version != version_) {
      expand(*entry, regions_);
      entry->rows_version = version_;
    }
    for (const Row<InstanceType>& row : entry->rows) {
      json::add_odd(listing.odd, row->id.str(), entry->findings);
      listing.rows.push_back(row);
    }
    if (entry->unread_region.empty()) continue;
    // It may be a region that nothing else names: a type that is not there is not gone.
    json::reject(listing.rejected, "", entry->unread_region, text, redactor_);
  }
  reading.finish();
  return answer;
}

}  // namespace tally::lambda
