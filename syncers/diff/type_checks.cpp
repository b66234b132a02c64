#include "syncers/diff/type_checks.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cloud/merge.hpp"
#include "syncers/diff/clean_rows.hpp"
#include "syncers/diff/fields.hpp"

namespace tally {
namespace {

// No machine on the market costs a thousandth of this; above it the vendor's number is a mistake.
constexpr std::int64_t absurd_units_per_hour = 100'000;

bool is_negative(const std::optional<Bytes>& size) { return size && size->count() < 0; }

std::optional<std::string> impossible_number(const InstanceType& row) {
  if (row.vcpu && *row.vcpu < 0) return "negative vCPU count";
  if (is_negative(row.memory)) return "negative memory";
  for (const Gpu& gpu : row.gpus) {
    if (gpu.count < 0 || is_negative(gpu.memory)) return "negative GPU count or memory";
  }
  for (const Storage& disk : row.storage) {
    if (disk.count < 0 || is_negative(disk.size) || is_negative(disk.min_size) || is_negative(disk.max_size)) {
      return "negative storage count or size";
    }
  }
  return std::nullopt;
}

}  // namespace

bool is_believable(const Money& price, bool sells_for_free) {
  if (price.nanos < 0 || price.nanos / 1'000'000'000 > absurd_units_per_hour) return false;
  return price.nanos > 0 || sells_for_free;
}

std::optional<TypeFault> find_fault(const InstanceType& row, const InstanceType* known, const Redactor& redactor) {
  const bool is_as_before = known != nullptr && *known == row;
  if (!is_as_before && holds_secret(row, redactor)) {
    return TypeFault{"row_rejected", "what identifies the row holds a secret of the credential"};
  }
  if (known != nullptr) {
    const std::vector<std::string> changed = identity_conflicts(*known, row);
    if (!changed.empty()) {
      return TypeFault{"id_changed", fmt::format("the ID named {}/{}/{} before and names {}/{}/{} now ({} differ)",
                                                 known->location, known->sub_location, known->type, row.location,
                                                 row.sub_location, row.type, fmt::join(changed, ", "))};
    }
  }
  if (!row.sub_location.empty() && !row.available_azs.empty() && row.sub_location != row.available_azs.front()) {
    return TypeFault{"az_mismatch", fmt::format("sub-location {} is not the first available zone {}", row.sub_location,
                                                row.available_azs.front())};
  }
  if (const std::optional<std::string> impossible = impossible_number(row)) {
    return TypeFault{"row_rejected", *impossible};
  }
  return std::nullopt;
}

Row<InstanceType> with_believable_prices(const Row<InstanceType>& row, bool sells_for_free) {
  const auto suspect = [sells_for_free](const Price& price) {
    return price.amount && !is_believable(*price.amount, sells_for_free);
  };
  if (std::none_of(row->prices.begin(), row->prices.end(), suspect)) return row;
  InstanceType copy = *row;
  for (Price& price : copy.prices) {
    if (suspect(price)) price.amount.reset();
  }
  return std::make_shared<const InstanceType>(std::move(copy));
}

std::string describe_duplicate(const InstanceType& first, const InstanceType& second) {
  std::vector<std::string> names = identity_conflicts(first, second);
  for (FieldChange& change : changed_fields(first, second)) {
    names.push_back(fmt::format("{} ({} or {})", change.field, change.old_value.value_or("nothing"),
                                change.new_value.value_or("nothing")));
  }
  return fmt::format("rows with this ID differ in {}", fmt::join(names, ", "));
}

}  // namespace tally
