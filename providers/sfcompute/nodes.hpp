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

/// How the nodes of a zone are joined.
struct Zone {
  bool has_infiniband = false;
  bool is_of_now = true;  // else of an earlier answer
};
struct Zones {
  std::map<std::string, Zone> all;  // by their names
  bool is_whole = true;             // else one could not be read: it may be any that is not of now
};

/// GET /v0/zones. Where one cannot be read, those of `known` that are not there stay, to limits::locations_per_account.
Result<Zones> read_zones(std::string_view body, const Zones& known, WorkLimit limit);

/// Where none can be listed: those of `known`, as of an earlier answer.
Zones zones_of_before(const Zones& known);

/// GET /v1/nodes. A node in a zone that is not there is of a type without its network; of no known type where the zone
/// may be one that cannot be read.
Result<Machines> read_nodes(std::string_view body, const Zones& zones, Timestamp now, const Redactor& redactor,
                            WorkLimit limit);

/// GET /v1/nodes/{id}. Error: for another one than asked.
Result<Machine> read_node(std::string_view body, const Zones& zones, const CloudId& asked, Timestamp now);

/// The nodes that are not over, as text that is kept for when nobody lists them any more.
std::string to_cache(const Machines& nodes);

/// Those of such a text, told of as rows that cannot be read: while they are not listed nobody knows how they are.
std::vector<Rejected> unlisted_nodes(const std::string& cached);

/// Nodes have IDs of their own.
bool is_node(const CloudId& id);

}  // namespace tally::sfcompute
