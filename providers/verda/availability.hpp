// GET /instance-availability: which types can be had where, now. Pure.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/answer.hpp"
#include "cloud/result.hpp"
#include "cloud/work_limit.hpp"

namespace tally::verda {

class Availability {
 public:
  /// Error: it is not the documented list.
  static Result<Availability> read(std::string_view body, WorkLimit limit);

  /// Nothing when that was not said: a list that is null, or a row that does not say where.
  [[nodiscard]] std::optional<bool> of(const std::string& type, const std::string& location) const;

  /// Whether anything can be had there; nothing as above.
  [[nodiscard]] std::optional<bool> anything_in(const std::string& location) const;

  /// Those that it names.
  [[nodiscard]] std::vector<std::string> locations() const;

  /// What could not be read, by location; at most limits::odd_per_listing.
  [[nodiscard]] const std::vector<Odd>& odd() const { return odd_; }

 private:
  struct Place {
    bool is_said = false;
    std::set<std::string> types;
  };
  std::map<std::string, Place> places_;
  std::vector<Odd> odd_;
  bool is_whole_ = true;  // what it does not name is not to be had
};

}  // namespace tally::verda
