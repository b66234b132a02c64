// Running instances as Prometheus' HTTP service discovery takes them. Readers' thread.
#pragma once

#include <boost/json/array.hpp>
#include <string>
#include <vector>

#include "store/reader.hpp"

namespace tally::api {

/// The first credential in force whose instances nobody has tried to list yet; "" when there is none. A list without
/// them would have Prometheus forget machines that run.
std::string credential_not_listed_yet(Reader& reader);

/// One entry an instance that has an address; its target has this port. Throws StoreError.
boost::json::array prometheus_targets(Reader& reader, int port);

/// "team/name" is "team_name".
std::string label_of_tag(const std::string& key);

}  // namespace tally::api
