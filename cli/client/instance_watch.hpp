// Waits until a machine is what it is to become, as the catalog tells it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cli/client/following.hpp"
#include "store/reader.hpp"

namespace tally::cli {

enum class Goal { running, reachable, stopped };
std::optional<Goal> goal_from(std::string_view word);

/// How a machine is doing.
struct Sight {
  bool is_there = false;  // the catalog has it
  bool is_reached = false;
  bool is_lost = false;  // it has ended, or failed
  std::string words;     // "pending", "running at 192.0.2.1, not reachable yet: tcp: no route"
};

Sight look_at(Reader& reader, const std::string& credential, const std::string& cloud_id, Goal goal);

/// Follows a machine until `is_over` says so of what was seen, or the time is up; answers the last sight. `open` opens
/// the catalog, anew for each look: the file may be another by now. `operation_id`: whose end calls for a look, too.
Sight watch(Following& following, const std::function<Reader()>& open, const std::string& credential,
            const std::string& cloud_id, Goal goal, const std::string& operation_id,
            const std::function<bool(Reader& reader, const Sight& sight)>& is_over);

}  // namespace tally::cli
