#include "cli/given_values.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>

#include "cloud/bytes.hpp"
#include "runtime/number.hpp"

namespace tally::cli {
namespace {

template <class Unit, std::size_t count>
using Units = std::array<std::pair<std::string_view, Unit>, count>;

constexpr Units<ByteUnit, 4> size_units = {
    {{"GB", ByteUnit::gigabyte}, {"TB", ByteUnit::terabyte}, {"GiB", ByteUnit::gibibyte}, {"TiB", ByteUnit::tebibyte}}};
constexpr Units<std::int64_t, 4> time_units = {{{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86'400}}};
constexpr std::int64_t longest_duration_s = 10LL * 366 * 86'400;
constexpr int last_port = 65'535;

/// The number before a unit, and the unit.
template <class Unit, std::size_t count>
std::optional<std::pair<std::int64_t, Unit>> read_measure(std::string_view text, const Units<Unit, count>& units) {
  const std::size_t end = text.find_first_not_of("0123456789");
  if (end == std::string_view::npos) return std::nullopt;
  const auto number = parse_number<std::int64_t>(text.substr(0, end));
  const auto unit =
      std::find_if(units.begin(), units.end(), [&](const auto& each) { return each.first == text.substr(end); });
  if (!number || *number < 1 || unit == units.end()) return std::nullopt;
  return std::pair(*number, unit->second);
}

std::optional<int> read_port(std::string_view text) {
  const auto port = parse_number<int>(text);
  return port && *port >= 1 && *port <= last_port ? port : std::nullopt;
}

}  // namespace

std::optional<std::int64_t> read_size(std::string_view text) {
  const auto measure = read_measure(text, size_units);
  const auto size = measure ? Bytes::of(measure->first, measure->second) : std::nullopt;
  return size ? std::optional(size->count()) : std::nullopt;
}

std::optional<std::chrono::seconds> read_duration(std::string_view text) {
  const auto measure = read_measure(text, time_units);
  if (!measure || measure->first > longest_duration_s / measure->second) return std::nullopt;
  return std::chrono::seconds(measure->first * measure->second);
}

std::optional<boost::json::object> read_rule(std::string_view text) {
  const std::size_t at = text.find('@');
  const std::string_view ports = text.substr(0, at);
  const std::string_view network = at == std::string_view::npos ? "0.0.0.0/0" : text.substr(at + 1);
  const std::size_t dash = ports.find('-');
  const auto from = read_port(ports.substr(0, dash));
  const auto to = dash == std::string_view::npos ? from : read_port(ports.substr(dash + 1));
  if (!from || !to || *from > *to || network.empty()) return std::nullopt;
  boost::json::object rule;
  rule["from_port"] = *from;
  rule["to_port"] = *to;
  rule["ip_ranges"] = boost::json::array{boost::json::string(network)};
  return rule;
}

std::optional<std::pair<std::string, std::string>> read_tag(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) return std::nullopt;
  return std::pair(std::string(text.substr(0, equals)), std::string(text.substr(equals + 1)));
}

std::optional<std::pair<std::string, std::optional<std::string>>> read_tag_change(std::string_view text) {
  using Change = std::pair<std::string, std::optional<std::string>>;
  if (auto tag = read_tag(text)) return Change(std::move(tag->first), std::move(tag->second));
  if (text.size() < 2 || text.back() != '-') return std::nullopt;
  return Change(std::string(text.substr(0, text.size() - 1)), std::nullopt);
}

}  // namespace tally::cli
