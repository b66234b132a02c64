// Launchpad's deployments as instances: pure functions of the reply. Source: API 2.40.9; unknown fields, absent
// optional ones and nulls are accepted everywhere.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cloud/instance.hpp"
#include "providers/rest/instance_list.hpp"

namespace tally::launchpad {

/// The tags by which a machine is ours, and by which it knows what it was ordered as: a deployment without a machine
/// yet does not say.
namespace our_tags {
inline constexpr std::string_view ref_id = "RefID";
inline constexpr std::string_view credential = "CloudCredRefID";
inline constexpr std::string_view name = "Name";
inline constexpr std::string_view type = "InstanceType";
}  // namespace our_tags

bool is_own_tag(std::string_view key);

/// Pages of GET /v1/catalog/deployments/, with what has to be expanded in them.
InstanceMapping deployment_mapping(bool is_stoppable);

/// An answer that is one deployment. Error when it is for another one than asked (nothing: whichever).
Result<Instance> read_deployment(std::string_view body, const InstanceMapping& mapping, LoopbackIs loopback,
                                 const std::optional<CloudId>& asked, Timestamp now);

}  // namespace tally::launchpad
