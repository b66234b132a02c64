// How fast a vendor lets requests of one kind be sent.
#pragma once

#include <string_view>

namespace tally {

/// Of one pool of a tenant's budget. A pool "describe/us-east-1" has the rate "describe" and a bucket of its own, for
/// vendors that count by place.
struct RequestRate {
  std::string_view name;   // "": of all requests that name no pool; outlives whoever holds this
  double per_second = 10;  // long-run average
  double burst = 10;       // at once, at least 1
};

}  // namespace tally
