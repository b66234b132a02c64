// Machines that something was done to a short while ago, remembered over restarts. Loop thread.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <utility>

#include "cloud/cache.hpp"
#include "cloud/ids.hpp"
#include "runtime/clock.hpp"

namespace tally {

/// Each is forgotten `known_for` after it was noted. In the cache under `key`, a line each: the ID, which has no blank
/// in it, and the time.
class RecentMachines {
 public:
  /// What is given outlives it.
  RecentMachines(Cache& cache, const Clock& clock, std::string key, std::chrono::seconds known_for)
      : cache_(cache), clock_(clock), key_(std::move(key)), known_for_(known_for) {}

  [[nodiscard]] bool contains(const CloudId& machine) const { return read().contains(machine.str()); }
  void note(const CloudId& machine);
  void forget(const CloudId& machine);

 private:
  using Noted = std::map<std::string, Timestamp>;  // by ID

  [[nodiscard]] Noted read() const;
  void write(const Noted& noted);

  Cache& cache_;
  const Clock& clock_;
  std::string key_;
  std::chrono::seconds known_for_;
};

}  // namespace tally
