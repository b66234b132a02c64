// What is remembered of the answers of each location, where an API is asked location by location. Loop thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "cloud/limits.hpp"

namespace tally {

template <class Memory>
class PerLocation {
 public:
  explicit PerLocation(std::function<std::shared_ptr<Memory>(const std::string& location)> make)
      : make_(std::move(make)) {}

  /// That location's, made when it is first asked for. Who still uses it holds it: when there are more locations than
  /// anybody has, all are forgotten.
  std::shared_ptr<Memory> of(const std::string& location) {
    if (const auto known = memories_.find(location); known != memories_.end()) return known->second;
    if (memories_.size() >= limits::locations_per_account) memories_.clear();
    return memories_.emplace(location, make_(location)).first->second;
  }

 private:
  std::function<std::shared_ptr<Memory>(const std::string&)> make_;
  std::map<std::string, std::shared_ptr<Memory>> memories_;
};

}  // namespace tally
