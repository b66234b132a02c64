// The machines that somebody names on the command line to have something done with them. Only whole names count: what
// is changed must be what was meant.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/client/lifecycle_client.hpp"
#include "cli/command.hpp"
#include "cli/subject.hpp"

namespace CLI {
class App;
}

namespace tally::cli {

struct MachineNames {
  std::vector<std::string> texts;
  std::string credential;
  std::string location;
  bool may_be_unknown = false;  // with --credential, a name that the catalog does not know is an ID

  /// The positional INSTANCE (one, or several) and --credential, --location.
  void add_options(CLI::App& command, bool are_several);
};

/// Each of them, in order. Throws NoSubject.
std::vector<Subject> find_machines(const Context& context, const MachineNames& names);

/// "/v1/instances/{credential}/{cloud_id}".
std::string path_of(const Subject& machine);

/// What is asked for a machine.
struct MachineCall {
  std::string method = "POST";
  std::string suffix;  // "/stop"
  boost::json::object body;
  std::string done;  // "stopped"

  // What --wait waits for, where it is offered: SQL over `instances` with one `?`.
  std::string shown;
  SqlValue value = std::monostate();
};

/// Whether what a call is for is waited for, and how long anything is followed.
struct Waiting {
  bool is_wanted = false;
  std::int64_t timeout_s = std::int64_t{10} * 60;

  void add_wait(CLI::App& command);
  void add_timeout(CLI::App& command);
};

/// One machine, asked and followed.
void call_one(Context& context, const MachineNames& names, const Waiting& waiting, const MachineCall& call);

}  // namespace tally::cli
