// Which machines a reboot has stopped, or may have, and not started yet: known over restarts, so that whoever asks for
// the reboot again has it go on from there. Loop thread.
#pragma once

#include <map>
#include <string>

#include "cloud/cache.hpp"
#include "cloud/ids.hpp"
#include "runtime/clock.hpp"

namespace tally::nebius {

/// What is not ended is forgotten after a day, when somebody will have seen to the machine.
class Reboots {
 public:
  /// What is given outlives it.
  Reboots(Cache& cache, const Clock& clock) : cache_(cache), clock_(clock) {}

  [[nodiscard]] bool has_begun(const CloudId& machine) const;
  void begin(const CloudId& machine);
  /// It runs again, or is to stand still.
  void end(const CloudId& machine);

 private:
  using Begun = std::map<std::string, Timestamp>;  // by machine

  [[nodiscard]] Begun read() const;
  void write(const Begun& begun);

  Cache& cache_;
  const Clock& clock_;
};

}  // namespace tally::nebius
