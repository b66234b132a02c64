#include "cloud/agreement.hpp"

namespace tally {

bool agrees_with_order(const Instance& machine, std::string_view type, std::string_view location) {
  return (machine.type.empty() || machine.type == type) && (machine.location.empty() || machine.location == location);
}

}  // namespace tally
