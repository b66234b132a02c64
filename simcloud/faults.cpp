#include "simcloud/faults.hpp"

#include <algorithm>

namespace tally::simcloud {
namespace {

const std::vector<std::string_view> instead_of_answers = {"status", "html",       "error_200", "reset",
                                                          "hang",   "rate_limit", "redirect"};
const std::vector<std::string_view> others = {
    "latency",       "truncate",      "truncate_clean", "bad_json",     "empty_list",   "null_data",   "slow_body",
    "malformed_row", "duplicate_row", "huge_number",    "out_of_stock", "out_of_quota", "lagging_list"};

bool has(const std::vector<std::string_view>& kinds, std::string_view kind) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

}  // namespace

const std::vector<std::string_view>& fault_kinds() {
  static const std::vector<std::string_view> kinds = [] {
    std::vector<std::string_view> all = instead_of_answers;
    all.insert(all.end(), others.begin(), others.end());
    return all;
  }();
  return kinds;
}

bool is_instead(const Fault& fault) { return !fault.is_done && has(instead_of_answers, fault.kind); }

std::vector<Fault> Faults::take(std::string_view path, std::string_view operation) {
  std::vector<Fault> hits;
  for (Fault& fault : faults_) {
    const bool is_meant =
        path.find(fault.path) != std::string_view::npos && (fault.operation.empty() || fault.operation == operation);
    if (!is_meant || fault.count == 0) continue;
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
