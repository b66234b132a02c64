#include "providers/verda/volumes.hpp"

#include <algorithm>
#include <utility>

#include "cloud/limits.hpp"
#include "net/json_fields.hpp"
#include "net/json_rows.hpp"
#include "runtime/ascii.hpp"

namespace tally::verda {
namespace {

constexpr std::int64_t usual_price_nanos = 274'000;  // USD for a GB and hour: 0.20 a month
constexpr std::int64_t hours_per_month = 730;
constexpr std::string_view usual_kind = "NVMe";

/// Calls `each(Fields)` for every row that is an object. Answers how many rows could not be read, or not all of them.
template <class Each>
Result<std::size_t> for_each_row(std::string_view body, WorkLimit& limit, Each each) {
  const auto rows = json::split_rows(body, "", json::Container::list, limit);
  if (!rows) return tl::unexpected(rows.error());
  std::size_t unread = 0;
  json::RowReader reader;
  for (const json::RawRow& row : *rows) {
    if (limit.is_over()) return tl::unexpected(json::too_long_to_read());
    if (reader.parse(row.text) == json::RowReader::Kind::good) each(reader.fields());
    if (!reader.findings().fault.empty() || !reader.findings().odd.empty()) ++unread;
  }
  return unread;
}

Disk read_disk(const json::Fields& fields) {
  Disk disk;
  disk.size = fields.bytes("size", ByteUnit::gibibyte);
  disk.type = ascii::lower(fields.text("type"));
  return disk;
}

/// Of how many disks the size is known.
std::size_t sizes_of(const MachineDisks& disks) {
  const auto is_known = [](const Disk& disk) { return disk.size.has_value(); };
  const auto others = std::count_if(disks.others.begin(), disks.others.end(), is_known);
  return static_cast<std::size_t>(others) + (disks.system_size ? 1 : 0);
}

/// Nanos an hour, rounded half up.
std::optional<Money> price_an_hour(const json::Fields& kind) {
  const auto price = kind.object("price");
  const auto currency = price ? Currency::from_code(ascii::upper(price->text("currency"))) : std::nullopt;
  auto amount = price ? price->price("price_per_month_per_gb") : std::nullopt;
  if (!amount || !currency) return std::nullopt;
  return Money{(amount->nanos + hours_per_month / 2) / hours_per_month, *currency};
}

}  // namespace

Result<Volumes> read_volumes(std::string_view body, WorkLimit limit) {
  DisksByMachine disks;
  const Result<std::size_t> read = for_each_row(body, limit, [&disks](const json::Fields& fields) {
    const CloudId machine(fields.text("instance_id", limits::id));
    if (machine.empty()) return;
    Disk disk = read_disk(fields);
    MachineDisks& all = disks[machine];
    if (fields.flag("is_os_volume").value_or(false)) {
      all.system_size = disk.size;
      all.system_type = disk.type;
    } else if (all.others.size() < limits::parts_per_type) {
      all.others.push_back(std::move(disk));
    }
  });
  if (!read) return tl::unexpected(read.error());
  return Volumes{std::move(disks), *read};
}

DisksByMachine with_known(DisksByMachine now, const DisksByMachine& known) {
  for (const auto& [machine, disks] : known) {
    const auto at = now.find(machine);
    if (at != now.end() && sizes_of(at->second) >= sizes_of(disks)) continue;
    if (at != now.end() || now.size() < limits::rows_per_listing) now.insert_or_assign(machine, disks);
  }
  return now;
}

Instance with_disks(Instance instance, const DisksByMachine& disks) {
  const auto known = disks.find(instance.cloud_id);
  if (known == disks.end()) return instance;
  instance.disk_size = known->second.system_size;
  InstanceAttributes& attributes = instance.attributes.edit();
  attributes.volume_type = known->second.system_type;
  attributes.additional_disks = known->second.others;
  return instance;
}

Answer<Instance> DiskJoin::join(Answer<Instance> listing, const DisksByMachine& disks) {
  std::map<CloudId, Joined> now;
  for (Row<Instance>& row : listing.rows) {
    const auto has = disks.find(row->cloud_id);
    if (has == disks.end()) continue;
    Joined joined{row, has->second, nullptr};
    const auto before = joined_.find(row->cloud_id);
    if (before != joined_.end() && before->second.plain == row && before->second.disks == joined.disks) {
      joined.row = before->second.row;
    } else {
      joined.row = std::make_shared<const Instance>(with_disks(*row, disks));
    }
    row = joined.row;
    now.insert_or_assign(row->cloud_id, std::move(joined));
  }
  joined_ = std::move(now);
  return listing;
}

Money usual_storage_price() { return {usual_price_nanos, {}}; }

Result<Money> read_storage_price(std::string_view body, WorkLimit limit) {
  std::optional<Money> found;
  const Result<std::size_t> read = for_each_row(body, limit, [&found](const json::Fields& kind) {
    if (!found && kind.text("type") == usual_kind) found = price_an_hour(kind);
  });
  if (!read) return tl::unexpected(read.error());
  return found.value_or(usual_storage_price());
}

}  // namespace tally::verda
