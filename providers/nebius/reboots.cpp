#include "providers/nebius/reboots.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace tally::nebius {
namespace {

constexpr const char* reboots_key = "reboots";  // in the cache
constexpr std::chrono::hours known_for{24};

}  // namespace

Reboots::Begun Reboots::read() const {
  Begun begun;
  boost::system::error_code failure;
  const boost::json::value kept = boost::json::parse(cache_.get(reboots_key).value_or(""), failure);
  if (failure || !kept.is_object()) return begun;
  const Timestamp now = clock_.wall_now();
  for (const auto& [machine, time] : kept.get_object()) {
    if (!time.is_string()) continue;
    const auto at = parse_rfc3339(time.get_string());
    if (at && *at <= now && now < *at + known_for) begun.emplace(machine, *at);
  }
  return begun;
}

void Reboots::write(const Begun& begun) {
  boost::json::object text;
  for (const auto& [machine, at] : begun) text[machine] = to_iso8601(at);
  cache_.put(reboots_key, boost::json::serialize(text));
}

bool Reboots::has_begun(const CloudId& machine) const { return read().contains(machine.str()); }

void Reboots::begin(const CloudId& machine) {
  Begun begun = read();
  begun[machine.str()] = clock_.wall_now();
  write(begun);
}

void Reboots::end(const CloudId& machine) {
  Begun begun = read();
  if (begun.erase(machine.str()) > 0) write(begun);
}

}  // namespace tally::nebius
