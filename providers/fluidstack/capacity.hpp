// What a region has left of each type: GET /capacity, asked apart from the types. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "cloud/result.hpp"
#include "cloud/work_limit.hpp"

namespace tally::fluidstack {

class Capacity {
 public:
  /// A row that nobody can read says nothing of its type, or, without a name, of all that no other row speaks of.
  static Result<Capacity> read(std::string_view body, WorkLimit limit);

  /// Whether there is one to be had; a type that is not in the list is sold out. Nothing: not known.
  [[nodiscard]] std::optional<bool> has(std::string_view type) const;

 private:
  std::map<std::string, std::optional<bool>, std::less<>> types_;
  bool is_whole_ = true;
};

}  // namespace tally::fluidstack
