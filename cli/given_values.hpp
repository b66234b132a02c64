// Values as people give them on the command line. Pure; what cannot be read is nothing.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tally::cli {

/// "200GB", "1TB", "500GiB", "2TiB": a whole number above 0 and its unit, in bytes.
std::optional<std::int64_t> read_size(std::string_view text);

/// "90s", "20m", "8h", "2d": a whole number above 0 and its unit.
std::optional<std::chrono::seconds> read_duration(std::string_view text);

/// "8080", "6000-6010", "443@10.0.0.0/8" as a rule of the control API; without a network it is all of IPv4.
std::optional<boost::json::object> read_rule(std::string_view text);

/// "team=ml"; the value may be empty, the key not.
std::optional<std::pair<std::string, std::string>> read_tag(std::string_view text);

/// The same, or "team-": no value, it goes.
std::optional<std::pair<std::string, std::optional<std::string>>> read_tag_change(std::string_view text);

}  // namespace tally::cli
