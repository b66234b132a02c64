#include <algorithm>
#include <set>

#include "net/json.hpp"
#include "providers/lambda/gpu_description.hpp"
#include "providers/lambda/mapping.hpp"
#include "providers/lambda/regions.hpp"

namespace tally::lambda {
namespace {

Location read_region(const json::Fields& fields) {
  Location region;
  region.name = fields.text("name");
  region.description = fields.text("description");
  region.country = country_of(region.name);
  if (region.name.empty()) fields.fail("name", "is missing");
  return region;
}

/// A price in whole cents; what is not a believable price is left out (the row stays).
Price read_price(const json::Fields& type) {
  Price price;
  const auto cents = type.integer("price_cents_per_hour", std::numeric_limits<std::int64_t>::min());
  if (cents && *cents > 0) price.amount = Money::from_cents(*cents);
  return price;
}

std::string read_architecture(const json::Fields& type, const std::vector<Gpu>& gpus) {
  const std::string stated = type.text("architecture");
  if (stated == "arm64" || stated == "aarch64") return "arm64";
  if (stated == "x86_64" || stated == "amd64") return "x86_64";
  if (!stated.empty()) return "unknown";
  const bool is_grace = !gpus.empty() && (gpus.front().name.starts_with("GH") || gpus.front().name.starts_with("GB"));
  return is_grace ? "arm64" : "x86_64";
}

std::optional<Bytes> gibibytes(const json::Fields& fields, std::string_view name) {
  const auto count = fields.integer(name);
  if (!count) return std::nullopt;
  const auto size = Bytes::of(*count, ByteUnit::gibibyte);
  if (!size) fields.fail(name, "is too large");
  return size;
}

InstanceType read_type(const json::Fields& fields, const std::string& name) {
  InstanceType type;
  type.provider = type.cloud = "lambda-labs";
  type.type = name;
  type.prices = {read_price(fields)};
  type.is_stoppable = false;
  type.is_rebootable = true;

  TypeTexts texts{name, fields.text("description"), fields.text("gpu_description"), std::nullopt};
  if (const auto specs = fields.object("specs")) {
    type.vcpu = specs->int32("vcpus");
    type.memory = gibibytes(*specs, "memory_gib");
    texts.gpus = specs->int32("gpus");
    if (const auto size = gibibytes(*specs, "storage_gib")) {
      Storage disk;
      disk.count = 1;
      disk.type = "ssd";
      disk.size = size;
      type.storage = {disk};
    }
  }
  const DescribedGpu described = describe_gpu(texts);
  if (described.gpu) type.gpus = {*described.gpu};
  if (!described.gpu && !described.is_cpu_only) fields.fail("description", "names no GPU");
  type.architectures = {read_architecture(fields, type.gpus)};
  return type;
}

}  // namespace

Result<Listing<Location>> read_regions(std::string body) {
  const auto rows = json::split_rows(body, "data");
  if (!rows) return tl::unexpected(rows.error());
  Listing<Location> listing;
  json::Row row;
  for (const json::RawRow& raw : *rows) {
    const auto kind = row.parse(raw.text);
    if (kind == json::Row::Kind::not_json) return tl::unexpected(json::bad_reply("a region is not JSON"));
    Location region;
    if (kind == json::Row::Kind::good) region = read_region(row.fields());
    if (row.fault().empty()) {
      listing.items.push_back(std::make_shared<const Location>(std::move(region)));
    } else {
      listing.rejected.push_back({region.name, row.fault(), json::redacted(raw.text, {})});
    }
  }
  return listing;
}

TypeReader::Entry TypeReader::decode(std::string_view key, std::string_view text) {
  Entry entry;
  entry.name = key;
  json::Row row;
  const auto kind = row.parse(text);
  entry.is_json = kind != json::Row::Kind::not_json;
  if (kind == json::Row::Kind::good) {
    const json::Fields fields = row.fields();
    const auto type = fields.object("instance_type");
    if (!type) fields.fail("instance_type", "is missing");
    if (type) {
      const std::string name = type->text("name");
      if (!name.empty()) entry.name = name;
      entry.prototype = read_type(*type, entry.name);
    }
    for (const json::Fields& region : fields.objects("regions_with_capacity_available")) {
      entry.regions_with_capacity.push_back(read_region(region));
    }
  }
  entry.fault = row.fault();
  return entry;
}

void TypeReader::expand(Entry& entry, const std::vector<Location>& regions) {
  std::set<std::string_view> with_capacity;
  for (const Location& region : entry.regions_with_capacity) with_capacity.insert(region.name);
  entry.rows.clear();
  for (const Location& region : regions) {
    InstanceType type = entry.prototype;
    type.location = region.name;
    type.is_available = with_capacity.contains(region.name);
    if (!*type.is_available) type.availability_reason = AvailabilityReason::capacity;
    type.id = make_instance_type_id(type);
    entry.rows.push_back(std::make_shared<const InstanceType>(std::move(type)));
  }
}

Result<Listing<InstanceType>> TypeReader::read(std::string body, const std::vector<Location>& regions,
                                               std::vector<Location>& found) {
  const auto raw_rows = json::split_rows(body, "data");
  if (!raw_rows) return tl::unexpected(raw_rows.error());

  std::vector<Location> all = regions;
  std::set<std::string> names;
  for (const Location& region : regions) names.insert(region.name);
  std::vector<std::pair<Entry*, std::string_view>> entries;
  std::vector<std::string> memo_keys(raw_rows->size());
  for (std::size_t i = 0; i < raw_rows->size(); ++i) {
    const json::RawRow& raw = (*raw_rows)[i];
    // The key stands in for a missing name, so it is part of what a row is remembered by.
    memo_keys[i].append(raw.key).append("\n").append(raw.text);
    Entry& entry = memo_.get(memo_keys[i], [&raw](std::string_view) { return decode(raw.key, raw.text); });
    if (!entry.is_json) return tl::unexpected(json::bad_reply("the entry of " + raw.key + " is not JSON"));
    entries.emplace_back(&entry, raw.text);
    for (const Location& region : entry.regions_with_capacity) {
      if (region.name.empty() || !names.insert(region.name).second) continue;
      all.push_back(region);
      found.push_back(region);
    }
  }
  if (all != regions_) {
    regions_ = std::move(all);
    ++version_;
  }

  Listing<InstanceType> listing;
  listing.items.reserve(entries.size() * regions_.size());
  for (auto& [entry, text] : entries) {
    if (!entry->fault.empty()) {
      // One vendor row is one row of ours in each region: all of them keep what is known.
      InstanceType type;
      type.type = entry->name;
      for (const Location& region : regions_) {
        type.location = region.name;
        listing.rejected.push_back(
            {entry->name.empty() ? "" : make_instance_type_id(type).str(), entry->fault, json::redacted(text, {})});
      }
      continue;
    }
    if (entry->rows_version != version_) {
      expand(*entry, regions_);
      entry->rows_version = version_;
    }
    listing.items.insert(listing.items.end(), entry->rows.begin(), entry->rows.end());
  }
  memo_.finish();
  return listing;
}

}  // namespace tally::lambda
