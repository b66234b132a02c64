#include "lifecycle/holds.hpp"

#include <algorithm>

namespace tally::lifecycle {
namespace {

bool is_same_place(const HoldRecord& one, const HoldRecord& other) {
  return one.type == other.type && one.location == other.location && one.sub_location == other.sub_location &&
         one.usage_class == other.usage_class;
}

bool holds_row(const HoldRecord& hold, const InstanceType& row, UsageClass usage) {
  return hold.usage_class == usage && hold.type == row.type && hold.location == row.location &&
         (hold.sub_location.empty() || hold.sub_location == row.sub_location);
}

/// Whether the row says that there is capacity in that class; what it does not know it does not say.
bool has_capacity(const InstanceType& row, UsageClass usage) {
  return usage == UsageClass::spot ? row.attributes.is_spot_available.value_or(false)
                                   : row.is_available.value_or(false);
}

/// Whether a listing that began after the hold says that one of the held rows can be had.
bool is_released(const HoldRecord& hold, const KnownTypes& types, const std::map<ListingKey, ListingState>& states) {
  for (const auto& [key, listing] : types.listings()) {
    const auto state = states.find(key);
    if (state == states.end()) continue;
    const std::optional<Timestamp>& success = state->second.last_success_at;
    if (!success || *success - state->second.duration <= hold.since) continue;
    for (const KnownType& known : *listing) {
      const bool is_vouched = known.is_listed && known.is_confirmed;
      if (is_vouched && holds_row(hold, *known.row, hold.usage_class) && has_capacity(*known.row, hold.usage_class)) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace

void Holds::set(const HoldRecord& hold) {
  remove(hold);
  holds_.push_back(hold);
}

void Holds::remove(const HoldRecord& hold) {
  std::erase_if(holds_, [&hold](const HoldRecord& one) { return is_same_place(one, hold); });
}

const HoldRecord* Holds::find(const InstanceType& row, UsageClass usage, Timestamp now) const {
  const auto at = std::find_if(holds_.begin(), holds_.end(),
                               [&](const HoldRecord& hold) { return hold.until > now && holds_row(hold, row, usage); });
  return at == holds_.end() ? nullptr : &*at;
}

std::vector<HoldRecord> Holds::over(const KnownTypes& types, const std::map<ListingKey, ListingState>& listings,
                                    Timestamp now) const {
  std::vector<HoldRecord> over;
  for (const HoldRecord& hold : holds_) {
    if (hold.until <= now || is_released(hold, types, listings)) over.push_back(hold);
  }
  return over;
}

std::string to_text(const HoldRecord& hold) {
  std::string text = hold.type + " in " + hold.location;
  if (!hold.sub_location.empty()) text += ", " + hold.sub_location;
  if (hold.usage_class == UsageClass::spot) text += ", spot";
  return text;
}

}  // namespace tally::lifecycle
