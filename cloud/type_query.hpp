// Which instance types a caller asks for. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cloud/instance_type.hpp"
#include "cloud/location.hpp"

namespace tally {

/// What is let through: nothing set means everything; an exclusion wins over an inclusion.
struct Selection {
  std::optional<std::vector<std::string>> include;
  std::vector<std::string> exclude;

  [[nodiscard]] bool allows(const std::string& value) const;
};

/// Nothing asked means everywhere, and so does "all" or "*" anywhere in it.
bool asks_for_location(const std::optional<std::vector<std::string>>& asked, const std::string& location);

struct TypeQuery {
  std::optional<std::vector<std::string>> locations;  // see asks_for_location
  std::vector<std::string> types;                     // exact names; empty: every type
  Selection gpu_manufacturers;
  Selection clouds;
  Selection architectures;
};

/// Location and name are asked for, every GPU's manufacturer, the cloud and every architecture is allowed. A type
/// without GPUs or architectures passes those selections; one without a cloud passes no inclusion.
bool matches(const TypeQuery& query, const InstanceType& type);

/// Available locations only, unless unavailable ones are asked for, too.
bool matches(const Location& location, bool include_unavailable);

}  // namespace tally
