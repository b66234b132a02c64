// Faults on request: what a test tells the server to do wrong, and how often. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tally::simcloud {

struct Fault {
  std::string kind;                    // one of fault_kinds()
  std::string path;                    // only requests whose path contains this; "" for all
  int skip = 0;                        // let so many requests pass first
  int count = 1;                       // then hit so many; -1 for ever
  int status = 503;                    // of `status`
  std::string body;                    // of `status`
  std::chrono::milliseconds delay{0};  // of `latency`
  std::string retry_after;             // of `rate_limit`: seconds, a date, or ""
};

/// status, latency, truncate, truncate_clean, bad_json, html, empty_list, null_data, error_200, reset, hang, slow_body,
/// rate_limit, redirect, malformed_row, duplicate_row, huge_number
const std::vector<std::string_view>& fault_kinds();

class Faults {
 public:
  void add(Fault fault) { faults_.push_back(std::move(fault)); }
  void clear() { faults_.clear(); }

  /// The faults that hit this request; counts it.
  std::vector<Fault> take(std::string_view path);

 private:
  std::vector<Fault> faults_;
};

}  // namespace tally::simcloud
