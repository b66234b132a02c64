#include "cloud/ids.hpp"

#include <algorithm>

#include "cloud/instance.hpp"
#include "cloud/instance_type.hpp"
#include "runtime/ascii.hpp"
#include "runtime/sha256.hpp"

namespace tally {
namespace {

constexpr std::string_view no_zone = "noSub";

InstanceTypeId join(std::string_view location, std::string_view zone, std::string_view type) {
  std::string id;
  id.reserve(location.size() + zone.size() + type.size() + 2);
  id.append(location).append("-").append(zone.empty() ? no_zone : zone).append("-").append(type);
  return InstanceTypeId(std::move(id));
}

}  // namespace

bool is_ref_id(std::string_view text) {
  constexpr std::size_t longest = 53;
  if (text.empty() || text.size() > longest) return false;
  if (!ascii::is_letter_or_digit(text.front()) || !ascii::is_letter_or_digit(text.back())) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return ascii::is_letter_or_digit(c) || c == '.' || c == '_' || c == '-'; });
}

InstanceTypeId make_instance_type_id(const InstanceType& type) {
  if (!type.id.empty()) return type.id;
  return join(type.location, type.available_azs.empty() ? no_zone : std::string_view(type.available_azs.front()),
              type.type);
}

InstanceTypeId make_instance_type_id(const Instance& instance) {
  if (!instance.instance_type_id.empty()) return instance.instance_type_id;
  return join(instance.location, instance.sub_location, instance.type);
}

TenantId make_tenant_id(std::string_view provider, std::string_view identity) {
  return TenantId(std::string(provider) + "-" + sha256_hex(identity));
}

}  // namespace tally
