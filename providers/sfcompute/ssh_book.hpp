// Where SSH reaches each machine, as far as it was asked: one call a machine, so a few in each pass, and what was known
// stays while a call fails, and over a restart. Loop thread.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "providers/sfcompute/machines.hpp"
#include "runtime/clock.hpp"

namespace tally::sfcompute {

class SshBook {
 public:
  /// What an earlier one kept (unsaved()): all of it is to be asked for again. What cannot be read is left out.
  void recall(const std::string& kept, LoopbackIs loopback);

  /// Of the machines that have a place, whose is to be asked for now: those that nobody has asked for or that have
  /// changed, then those asked longest ago, at most `most`. All others are forgotten.
  std::vector<std::shared_ptr<const Machine>> due(const std::vector<std::shared_ptr<const Machine>>& machines,
                                                  TimePoint now, std::size_t most);

  /// It was asked for. `place`: nothing when that brought nothing: what was known stays.
  void note(const Machine& machine, std::optional<SshPlace> place, TimePoint now);

  /// The places as they are to be kept, as many as fit into 8 MiB: others are asked for again after a restart. Nothing:
  /// as they were last told.
  std::optional<std::string> unsaved();

  /// nullptr: not known.
  [[nodiscard]] const SshPlace* find(const Machine& machine) const;

 private:
  struct Page {
    std::int64_t updated_at = 0;  // of the machine, when it was asked for
    TimePoint asked_at = TimePoint::min();
    std::optional<SshPlace> place;
  };
  std::map<std::string, Page> pages_;  // by Machine::ssh_key
  bool is_changed_ = false;
};

}  // namespace tally::sfcompute
