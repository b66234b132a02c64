// Lambda's regions as far as they are known without asking: what the API does not say is completed from here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cloud/location.hpp"
#include "runtime/clock.hpp"

namespace tally::lambda {

/// The regions that old servers do not list (no GET /regions), with the vendor's descriptions.
const std::vector<Location>& static_regions();

/// ISO 3166-1 alpha-3; "" for a region that is not known.
std::string_view country_of(std::string_view region);

/// Regions that only types with capacity in them have named. One is remembered for a day after it was named last, or
/// after a restart, so that a sold-out region does not vanish, and at most limits::locations_per_account are.
class NamedRegions {
 public:
  void note(const std::vector<Location>& named, TimePoint now);
  [[nodiscard]] std::vector<Location> list() const;

 private:
  struct Named {
    Location region;
    TimePoint at;
  };
  std::vector<Named> regions_;  // those named last stand last
};

/// As text that is remembered over a restart: in the form of GET /regions.
std::string to_cache(const std::vector<Location>& regions);

}  // namespace tally::lambda
