// What is asked of a vendor: the words for errors and logs, and what "there is no such thing" means as its answer.
#pragma once

#include <string_view>

namespace tally {

struct Operation {
  std::string_view words;          // "list instances"
  bool is_about_instance = false;  // what may not exist is an instance
};

namespace operations {
inline constexpr Operation list_regions{"list regions"};
inline constexpr Operation list_instance_types{"list instance types"};
inline constexpr Operation list_instances{"list instances"};
inline constexpr Operation get_instance{"get instance", true};
}  // namespace operations

}  // namespace tally
