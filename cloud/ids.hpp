// Identifiers as distinct types, so that a type's ID is never passed where an instance's is meant. All are
// opaque bytes: compared exactly, never parsed back, for the parts of an ID may hold what joins them.
#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace tally {

template <class Tag>
class Id {
 public:
  Id() = default;
  explicit Id(std::string value) : value_(std::move(value)) {}
  explicit Id(std::string_view value) : value_(value) {}
  explicit Id(const char* value) : value_(value) {}

  [[nodiscard]] const std::string& str() const { return value_; }
  [[nodiscard]] bool empty() const { return value_.empty(); }
  auto operator<=>(const Id&) const = default;

 private:
  std::string value_;
};

using InstanceTypeId = Id<struct InstanceTypeIdTag>;  // unique over all regions of an account, stable
using CloudId = Id<struct CloudIdTag>;                // the vendor's ID of an instance
using TenantId = Id<struct TenantIdTag>;              // the billing account: "{provider}-{hex digest}"
using CredentialRef = Id<struct CredentialRefTag>;    // RefID of a credential, chosen by the operator
using RefId = Id<struct RefIdTag>;                    // RefID of an instance, chosen by its creator

/// Whether it may be the RefID of an instance: it is of the form below.
bool is_ref_id(std::string_view text);
inline constexpr std::string_view ref_id_form =
    "1 to 53 letters, digits, dots, underscores and hyphens, a letter or digit at either end";

struct InstanceType;
struct Instance;

/// The type's ID: the one the provider chose, else `Location-Az-Type`, Az being the first of the available
/// zones, else `noSub`. Nothing is escaped.
InstanceTypeId make_instance_type_id(const InstanceType& type);

/// The same ID as seen from an instance: the one the provider gave, else `Location-SubLocation-Type`, `noSub`
/// when there is no sub-location.
InstanceTypeId make_instance_type_id(const Instance& instance);

/// Tenant ID of a credential: provider, `-`, lower-case hex SHA-256 of what identifies the tenant (a key, a
/// client ID). One-way, so it may be shown.
TenantId make_tenant_id(std::string_view provider, std::string_view identity);

}  // namespace tally

template <class Tag>
struct std::hash<tally::Id<Tag>> {
  // Not noexcept: that would tell libstdc++ that hashing is cheap, and its tables would hash again instead of keeping
  // each hash beside its node.
  std::size_t operator()(const tally::Id<Tag>& id) const { return std::hash<std::string>{}(id.str()); }
};
