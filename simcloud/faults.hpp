// Faults on request: what a test tells the server to do wrong, when, and how often. Pure.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace tally::simcloud {

struct Fault {
  std::string kind;                    // one of fault_kinds()
  std::string path;                    // only requests whose path contains this; "" for all
  std::string operation;               // only requests for this operation of the face ("launch"); "" for all
  int skip = 0;                        // let so many requests pass first: with 2 it is the third that fails
  int count = 1;                       // then hit so many; -1 for ever
  bool is_done = false;                // what was asked is done all the same, only its answer is lost or a lie
  int status = 503;                    // of `status`
  std::string body;                    // of `status`
  std::chrono::milliseconds delay{0};  // of `latency`
  std::string retry_after;             // of `rate_limit`: seconds, a date, or ""
};

/// Instead of the answer: status, html, error_200, reset, hang, rate_limit, redirect. What was asked is not done then,
/// unless `is_done`.
/// To the answer: latency, truncate, truncate_clean, bad_json, slow_body; to its rows: empty_list, null_data,
/// malformed_row, duplicate_row, huge_number, lagging_list (without the machines that were ordered).
/// In the vendor's own words, to what makes a machine: out_of_stock, out_of_quota.
const std::vector<std::string_view>& fault_kinds();

/// Whether the request goes no further than this fault.
bool is_instead(const Fault& fault);

class Faults {
 public:
  void add(Fault fault) { faults_.push_back(std::move(fault)); }
  void clear() { faults_.clear(); }

  /// The faults that hit this request; counts it.
  std::vector<Fault> take(std::string_view path, std::string_view operation);

 private:
  std::vector<Fault> faults_;
};

}  // namespace tally::simcloud
