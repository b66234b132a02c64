// Launchpad's deployments as instances: pure functions of the reply. Source: API 2.40.9; unknown fields, absent
// optional ones and nulls are accepted everywhere.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cloud/instance.hpp"
#include "providers/rest/instance_list.hpp"
#include "providers/rest/our_tags.hpp"

namespace tally::launchpad {

inline constexpr OurTags our_tags{"RefID", "CloudCredRefID"};

/// The tags by which a machine knows what it was ordered as: a deployment without a machine yet does not say.
namespace order_tags {
inline constexpr std::string_view name = "Name";
inline constexpr std::string_view type = "InstanceType";
}  // namespace order_tags

/// Of either kind: no user may write it.
bool is_own_tag(std::string_view key);

/// Pages of GET /v1/catalog/deployments/, with what has to be expanded in them.
InstanceMapping deployment_mapping(bool is_stoppable);

/// An answer that is one deployment. Error when it is for another one than asked (nothing: whichever).
Result<Instance> read_deployment(std::string_view body, const InstanceMapping& mapping, LoopbackIs loopback,
                                 const std::optional<CloudId>& asked, Timestamp now);

}  // namespace tally::launchpad
