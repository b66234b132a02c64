#include "simcloud/faults.hpp"

namespace tally::simcloud {

const std::vector<std::string_view>& fault_kinds() {
  static const std::vector<std::string_view> kinds = {
      "status",     "latency",   "truncate",      "truncate_clean", "bad_json",   "html",
      "empty_list", "null_data", "error_200",     "reset",          "hang",       "slow_body",
      "rate_limit", "redirect",  "malformed_row", "duplicate_row",  "huge_number"};
  return kinds;
}

std::vector<Fault> Faults::take(std::string_view path) {
  std::vector<Fault> hits;
  for (Fault& fault : faults_) {
    if (path.find(fault.path) == std::string_view::npos || fault.count == 0) continue;
    if (fault.skip > 0) {
      --fault.skip;
      continue;
    }
    if (fault.count > 0) --fault.count;
    hits.push_back(fault);
  }
  return hits;
}

}  // namespace tally::simcloud
