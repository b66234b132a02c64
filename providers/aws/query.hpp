// A request of the EC2 Query protocol: an action and its parameters, lists flattened and counted from 1. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tally::aws {

/// How many values a filter takes (of instance types and volumes; not documented for all).
inline constexpr std::size_t values_of_a_filter = 200;

class Query {
 public:
  explicit Query(std::string_view action, std::string_view version = "2016-11-15");

  /// `name` as it goes over the wire: "Filter.1.Name". Given again: in place of the former.
  Query& set(std::string name, std::string value);
  /// `InstanceId.1`, `InstanceId.2`, …
  Query& list(const std::string& name, const std::vector<std::string>& values);
  /// The next of the filters; none of its values is needed more than another.
  Query& filter(std::string name, const std::vector<std::string>& values);

  [[nodiscard]] const std::string& action() const { return parameters_.front().second; }
  /// application/x-www-form-urlencoded, as signatures want it: a space is `+`, hexadecimals are upper case.
  [[nodiscard]] std::string body() const;

 private:
  std::vector<std::pair<std::string, std::string>> parameters_;  // the action first
  int filters_ = 0;
};

}  // namespace tally::aws
