// Launchpad's paths. All end in a slash before their parameters: without it the vendor redirects, and a redirected POST
// loses its body.
#pragma once

#include <string>
#include <string_view>

#include "cloud/ids.hpp"
#include "net/url.hpp"

namespace tally::launchpad::paths {

inline constexpr std::string_view deployments = "/v1/catalog/deployments/";
/// What is delivered at once; the rest is made to order.
inline constexpr std::string_view types = "/v1/catalog/instance-types/?delivery=fast&page_size=100";
/// Those that are over stay in the list for ever; one that vanishes is asked for by its ID.
inline constexpr std::string_view deployments_there =
    "/v1/catalog/deployments/?expand=cluster.nodes.location.provider,cluster.nodes.gpu&state_not=destroyed"
    "&page_size=500";

inline std::string deployment(const CloudId& id) { return std::string(deployments) + encode_segment(id.str()) + "/"; }

inline std::string expanded(const CloudId& id) {
  return deployment(id) + "?expand=cluster.nodes.location.provider,cluster.nodes.gpu";
}

/// Those with that request ID: one at most.
inline std::string with_request_id(const std::string& request_id) {
  return std::string(deployments) +
         "?expand=cluster.nodes.location.provider,cluster.nodes.gpu&request_id=" + encode_segment(request_id);
}

}  // namespace tally::launchpad::paths
