#include "providers/fluidstack/type_list.hpp"

#include "providers/fluidstack/mapping.hpp"

namespace tally::fluidstack {
namespace {

Row<InstanceType> with_stock(const InstanceType& type, const std::optional<bool>& is_available) {
  InstanceType stocked = type;
  stocked.is_available = is_available;
  if (is_available == false) stocked.availability_reason = AvailabilityReason::capacity;
  return std::make_shared<const InstanceType>(std::move(stocked));
}

bool is_same_stock(const InstanceType& type, const std::optional<bool>& is_available) {
  const bool is_known = is_available.has_value();
  return type.is_available.has_value() == is_known && type.is_available.value_or(false) == is_available.value_or(false);
}

}  // namespace

TypeList::TypeList(const std::string& region, const Settings& settings, const Redactor& redactor)
    : types_(type_form(region, settings), redactor) {}

Result<Answer<InstanceType>> TypeList::read(std::string body, const Result<Capacity>& capacity, WorkLimit limit) {
  ModelSize size;
  Result<Answer<InstanceType>> answer = types_.read(one_page(std::move(body)), size, limit);
  if (!answer) return answer;
  size.add(size.bytes());  // each is there twice: as it was read, and with its stock
  if (size.is_too_large()) return tl::unexpected(too_much_to_hold());
  std::unordered_map<const InstanceType*, Stocked> now;
  for (Row<InstanceType>& row : answer->rows) {
    std::optional<bool> is_available;
    if (capacity) is_available = capacity->has(row->type);
    const auto known = last_.find(row.get());
    const bool is_same = known != last_.end() && is_same_stock(*known->second.stocked, is_available);
    Row<InstanceType> stocked = is_same ? known->second.stocked : with_stock(*row, is_available);
    now[row.get()] = {row, stocked};
    row = std::move(stocked);
    if (row->is_available || answer->odd.size() >= limits::odd_per_listing) continue;
    answer->odd.push_back(
        {row->id.str(), "capacity",
         capacity ? "is in no row that can be read" : "could not be had: " + capacity.error().message});
  }
  last_ = std::move(now);
  return answer;
}

}  // namespace tally::fluidstack
