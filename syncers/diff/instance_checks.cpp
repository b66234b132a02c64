#include "syncers/diff/instance_checks.hpp"

#include <utility>

#include "syncers/diff/clean_rows.hpp"
#include "syncers/diff/type_checks.hpp"

namespace tally {
namespace {

constexpr std::int32_t last_port = 65'535;

bool is_port(std::int32_t port) { return port >= 1 && port <= last_port; }

}  // namespace

std::optional<InstanceReading> read_instance(const Row<Instance>& row, bool sells_for_free, const Redactor& redactor) {
  if (holds_secret(*row, redactor)) return std::nullopt;
  InstanceReading reading;
  const Instance& seen = *row;
  reading.is_price_suspect = seen.price && !is_believable(*seen.price, sells_for_free);
  const bool is_odd_disk = seen.disk_size && seen.disk_size->count() < 0;
  const bool is_odd_port = seen.ssh_port && !is_port(*seen.ssh_port);
  if (is_odd_disk) reading.odd.emplace_back("disk_size_bytes");
  if (is_odd_port) reading.odd.emplace_back("ssh_port");
  reading.row = row;
  if (reading.is_price_suspect || !reading.odd.empty()) {
    Instance copy = *row;
    if (reading.is_price_suspect) copy.price.reset();
    if (is_odd_disk) copy.disk_size.reset();
    if (is_odd_port) copy.ssh_port.reset();
    reading.row = std::make_shared<const Instance>(std::move(copy));
  }
  reading.row = cleaned(reading.row, redactor);
  return reading;
}

}  // namespace tally
