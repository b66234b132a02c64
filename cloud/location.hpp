// A region of a vendor, as an account sees it.
#pragma once

#include <boost/describe/class.hpp>
#include <compare>
#include <string>

namespace tally {

struct Location {
  std::string name;          // the vendor's name; acts as its ID within the account
  std::string description;   // "" when the vendor gives none
  bool is_available = true;  // can be used by this account now
  std::string endpoint;      // "" unless the vendor has one per region
  int priority = 0;
  std::string country;  // ISO 3166-1 alpha-3; "" when not known

  auto operator<=>(const Location&) const = default;
};
BOOST_DESCRIBE_STRUCT(Location, (), (name, description, is_available, endpoint, priority, country))

}  // namespace tally
