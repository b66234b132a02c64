// The nodes of SF Compute's old API (/v1/nodes): read, and ended. Source: its pages on nodes, and the client nodes-go.
// Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "cloud/host.hpp"
#include "cloud/redactor.hpp"
#include "cloud/result.hpp"
#include "cloud/work_limit.hpp"
#include "providers/sfcompute/machines.hpp"

namespace tally::sfcompute {

/// Whether the nodes of a zone are joined by InfiniBand, by the zone's name.
using Zones = std::map<std::string, bool>;

/// GET /v0/zones. Zones that cannot be read are left out.
Result<Zones> read_zones(std::string_view body, WorkLimit limit);

/// GET /v1/nodes. A node in a zone that is not known is of a type without its network.
Result<Machines> read_nodes(std::string_view body, const Zones& zones, Timestamp now, const Redactor& redactor,
                            WorkLimit limit);

/// GET /v1/nodes/{id}. Error: for another one than asked.
Result<Machine> read_node(std::string_view body, const Zones& zones, const CloudId& asked, Timestamp now);

/// The nodes that are not over, as text that is kept for when nobody lists them any more; at most 1,000.
std::string to_cache(const Machines& nodes);

/// Those of such a text, told of as rows that cannot be read: while they are not listed nobody knows how they are.
std::vector<Rejected> unlisted_nodes(const std::string& cached);

/// Nodes have IDs of their own.
bool is_node(const CloudId& id);

}  // namespace tally::sfcompute
