#include "lifecycle/create_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <tuple>

#include "cloud/limits.hpp"
#include "lifecycle/field_checks.hpp"
#include "lifecycle/known_rows.hpp"
#include "lifecycle/public_key_check.hpp"
#include "runtime/contains.hpp"

namespace tally::lifecycle {
namespace {

using Rows = std::vector<const InstanceType*>;

constexpr std::chrono::minutes may_open_again{1};  // a location: when it is usually listed next

tl::unexpected<Refusal> not_offered(const std::string& parameter, std::string_view why) {
  return refused(Errc::not_implemented, parameter, fmt::format("`{}` {}", parameter, why));
}

UsageClass usage_of(const CreateRequest& what) { return what.is_spot ? UsageClass::spot : UsageClass::on_demand; }

Checked<> check_traits(const CreateRequest& what, const AccountFacts& facts) {
  const Capabilities& can = facts.capabilities;
  if (!contains(can, "create-instance")) {
    return refused(Errc::not_implemented, "credential", "this credential can make no instances");
  }
  if (what.uses_multi_attach_volume) return not_offered("use_multi_attach_volume", "is offered by no provider");
  if (!what.image_id.empty() && !facts.create.takes_image) {
    return not_offered("image_id", "cannot be chosen at this provider");
  }
  if (!what.user_data_base64.empty() && !facts.create.takes_user_data) {
    return not_offered("user_data_base64", "is not taken by this provider");
  }
  if (!what.tags.empty() && !facts.create.takes_tags) return not_offered("tags", "are not kept by this provider");
  return {};
}

Checked<> check_texts(const CreateRequest& what) {
  for (const auto& [name, text] : {std::pair<const char*, const std::string&>("name", what.name),
                                   {"image_id", what.image_id},
                                   {"vpc_id", what.vpc_id},
                                   {"subnet_id", what.subnet_id},
                                   {"key_pair_name", what.key_pair_name}}) {
    if (auto checked = check_text(name, text); !checked) return checked;
  }
  return {};
}

Checked<> check_times_and_money(const Create& create) {
  constexpr std::chrono::hours longest{24 * 366 * 10};
  const auto& retire_in = create.what.retire_in;
  if (retire_in && (*retire_in < std::chrono::seconds(60) || *retire_in > longest)) {
    return invalid("retire_in_s", "must be a minute to ten years");
  }
  return {};
}

Rows listed_rows_of(const std::string& type, const KnownTypes& types) {
  Rows rows;
  for_each_row(types, [&](const KnownType& known) {
    if (known.is_listed && known.row->type == type) rows.push_back(known.row.get());
  });
  return rows;
}

/// An empty zone is any of them.
bool is_in(const std::string& zone, const InstanceType& row) {
  if (zone.empty() || row.sub_location == zone) return true;
  return row.sub_location.empty() && contains(row.available_azs, zone);
}

/// Of that type in that place, listed now; refused by the field that names what is not there.
Checked<Rows> find_rows(const CreateRequest& what, const AccountFacts& facts) {
  if (what.type.empty()) return invalid("type", "is missing");
  if (what.location.empty()) return invalid("location", "is missing");
  const auto place = facts.locations->rows.find(what.location);
  if (place == facts.locations->rows.end() || !place->second.is_listed) return invalid("location", "is not known");
  if (!place->second.row->is_available) {
    auto refusal = refused(Errc::insufficient_resources, "location", "`location` is not available now");
    refusal.value().error.retry_after = may_open_again;
    return refusal;
  }
  Rows rows = listed_rows_of(what.type, *facts.types);
  if (rows.empty()) return invalid("type", "is not listed");
  std::erase_if(rows, [&what](const InstanceType* row) { return row->location != what.location; });
  if (rows.empty()) return invalid("location", "does not have this type");
  std::erase_if(rows, [&what](const InstanceType* row) { return !is_in(what.sub_location, *row); });
  if (rows.empty()) return invalid("sub_location", "does not have this type");
  std::sort(rows.begin(), rows.end(), [](const InstanceType* a, const InstanceType* b) {
    return std::tie(a->sub_location, a->id) < std::tie(b->sub_location, b->id);
  });
  std::erase_if(rows, [&what](const InstanceType* row) { return find_price(*row, usage_of(what)) == nullptr; });
  if (rows.empty() && what.is_spot) return invalid("is_spot", "is not offered for this type");
  if (rows.empty()) return invalid("is_spot", "must be true for this type: it is sold as spot only");
  return rows;
}

/// What is left when those that are held are left out.
Checked<Rows> without_held(Rows rows, const CreateRequest& what, const AccountFacts& facts) {
  Timestamp first_free = Timestamp::max();
  std::erase_if(rows, [&](const InstanceType* row) {
    const HoldRecord* hold = facts.holds->find(*row, usage_of(what), facts.now);
    if (hold != nullptr) first_free = std::min(first_free, hold->until);
    return hold != nullptr;
  });
  if (!rows.empty()) return rows;
  auto refusal =
      refused(Errc::insufficient_resources, "type", "`type` is held: a create has just met no capacity for it there");
  refusal.value().error.retry_after = first_free - facts.now;
  return refusal;
}

bool is_root(const Storage& storage) { return !storage.is_additional_disk; }

Checked<> check_root_disk(const CreateRequest& what, const Rows& rows) {
  if (!what.disk_size) return {};
  const std::int64_t wanted = what.disk_size->count();
  if (wanted <= 0) return invalid("disk_size_bytes", "must be more than zero");
  for (const InstanceType* row : rows) {
    for (const Storage& storage : row->storage) {
      if (!is_root(storage)) continue;
      if (storage.min_size && wanted < storage.min_size->count()) {
        return invalid("disk_size_bytes",
                       fmt::format("is below this type's least of {} bytes", storage.min_size->count()));
      }
      if (storage.max_size && wanted > storage.max_size->count()) {
        return invalid("disk_size_bytes",
                       fmt::format("is above this type's most of {} bytes", storage.max_size->count()));
      }
      const bool is_fixed = storage.size && !storage.min_size && !storage.max_size && !storage.is_elastic &&
                            !row->attributes.has_elastic_root_volume.value_or(false);
      if (is_fixed && storage.size->count() != wanted) {
        return not_offered("disk_size_bytes", "cannot be chosen for this type");
      }
    }
  }
  return {};
}

Checked<> check_additional_disks(const CreateRequest& what) {
  if (what.additional_disks.size() > limits::parts_per_type) return invalid("additional_disks", "has more than 64");
  std::set<std::string> paths;
  for (std::size_t i = 0; i < what.additional_disks.size(); ++i) {
    const Disk& disk = what.additional_disks[i];
    const std::string at = fmt::format("additional_disks[{}]", i);
    if (!disk.size || disk.size->count() <= 0) return invalid(at + ".size_bytes", "must be more than zero");
    if (auto checked = check_text(at + ".type", disk.type); !checked) return checked;
    if (auto checked = check_text(at + ".mount_path", disk.mount_path); !checked) return checked;
    if (disk.mount_path.empty()) continue;
    if (!disk.mount_path.starts_with('/')) return invalid(at + ".mount_path", "must begin with /");
    if (!paths.insert(disk.mount_path).second) return invalid(at + ".mount_path", "is that of another disk");
  }
  return {};
}

std::optional<Money> dearest(const Rows& rows, UsageClass usage) {
  std::optional<Money> most;
  for (const InstanceType* row : rows) {
    const Price* price = find_price(*row, usage);
    if (price == nullptr || !price->amount) return std::nullopt;
    if (most && price->amount->currency != most->currency) return std::nullopt;
    if (!most || price->amount->nanos > most->nanos) most = price->amount;
  }
  return most;
}

Checked<> check_max_price(const std::optional<Money>& most, const std::optional<Money>& price) {
  if (!most) return {};
  if (!price) return invalid("max_price", "cannot be compared: the price of this type is not known");
  if (price->currency != most->currency) {
    return invalid("max_price", fmt::format("cannot be compared: this type costs {}", to_text(*price)));
  }
  if (price->nanos > most->nanos)
    return invalid("max_price", fmt::format("is below what this type costs: {}", to_text(*price)));
  return {};
}

/// Those that the rows stand for, in sorted order.
std::vector<std::string> zones_of(const CreateRequest& what, const Rows& rows) {
  if (!what.sub_location.empty()) return {what.sub_location};
  std::set<std::string> zones;
  for (const InstanceType* row : rows) zones.insert(row->sub_location);
  return {zones.begin(), zones.end()};
}

}  // namespace

Checked<Create> canonical_create(const Create& given) {
  Create create = given;
  CreateRequest& what = create.what;
  if (auto checked = check_ref_id(what.ref_id.str()); !checked) return tl::unexpected(checked.error());
  auto key = checked_public_key(what.public_key);
  if (!key) return tl::unexpected(key.error());
  auto rules = checked_firewall_rules(what.firewall, "firewall_rules");
  if (!rules) return tl::unexpected(rules.error());
  what.public_key = std::move(*key);
  what.firewall = std::move(*rules);
  what.token.clear();
  what.generation = 0;
  if (auto checked = check_user_data(what.user_data_base64); !checked) return tl::unexpected(checked.error());
  if (auto checked = check_tags(what.tags); !checked) return tl::unexpected(checked.error());
  if (auto checked = check_environment(what.environment); !checked) return tl::unexpected(checked.error());
  if (auto checked = check_texts(what); !checked) return tl::unexpected(checked.error());
  if (auto checked = check_additional_disks(what); !checked) return tl::unexpected(checked.error());
  if (auto checked = check_times_and_money(create); !checked) return tl::unexpected(checked.error());
  return create;
}

Checked<CheckedCreate> check_create(const Create& create, const AccountFacts& facts) {
  if (auto checked = check_traits(create.what, facts); !checked) return tl::unexpected(checked.error());
  auto checked_fields = canonical_create(create);
  if (!checked_fields) return tl::unexpected(checked_fields.error());
  CheckedCreate checked;
  checked.create = std::move(*checked_fields);
  const CreateRequest& what = checked.create.what;
  auto rows = find_rows(what, facts);
  if (!rows) return tl::unexpected(rows.error());
  if (auto disk = check_root_disk(what, *rows); !disk) return tl::unexpected(disk.error());
  checked.price = dearest(*rows, usage_of(what));
  if (auto price = check_max_price(create.max_price, checked.price); !price) return tl::unexpected(price.error());
  auto free = without_held(std::move(*rows), what, facts);
  if (!free) return tl::unexpected(free.error());
  checked.zones = zones_of(what, *free);
  checked.digest = digest_of(checked.create);
  return checked;
}

}  // namespace tally::lifecycle
