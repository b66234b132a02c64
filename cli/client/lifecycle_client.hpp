// Operations of the journal as tallyctl asks for them and follows them to their outcome: across restarts of the daemon,
// which goes on with them, and by its events, which tell of their machines on the way, too. Probes and checks end with
// the daemon: ask_daemon() follows those.
#pragma once

#include <boost/json/object.hpp>
#include <filesystem>
#include <string>
#include <string_view>

#include "cli/client/control_client.hpp"
#include "cli/client/following.hpp"

namespace tally::cli {

struct Ask {
  std::string method;
  std::string target;
  boost::json::object body;    // empty: none
  bool is_repeatable = false;  // to ask again joins, or does nothing more: also when no answer came
  bool ends_accepted = false;  // it is enough that it goes on
};

/// What an operation has come to.
struct Outcome {
  ControlReply reply;        // {"operation", "instance"}, or a problem
  bool is_open = false;      // it goes on, or nobody knows
  std::string operation_id;  // "" when there is none

  [[nodiscard]] bool is_done() const { return !is_open && reply.is_ok(); }

  /// "credential" or "cloud_id" of the machine, as text; "" when there is none.
  [[nodiscard]] std::string of_machine(const char* column) const;

  /// 0 done, 75 try again later, 77 not permitted, 1 anything else.
  [[nodiscard]] int exit_code() const;
};

/// One that is certain and bad, as the daemon would tell it.
Outcome problem_of(const std::string& kind, const std::string& detail, std::string operation_id);

/// The exit code for an error of that kind.
int exit_code_for(std::string_view kind);

/// The one that counts for several: the worst of 77, 1, 75, 0.
int worse_of(int one, int other);

class LifecycleClient {
 public:
  /// Until then it follows what it asks for. The context outlives it.
  LifecycleClient(const Context& context, Following::Time give_up_at)
      : socket_(context.places().control_socket), following_(context, give_up_at) {}

  /// Asks and follows. Throws NotAsked when the daemon cannot be reached at first; StoreError when no answer came to
  /// what must not be repeated.
  [[nodiscard]] Outcome carry_out(const Ask& ask);

  /// To the end of an operation, or of our patience.
  [[nodiscard]] Outcome follow(const std::string& operation_id);

  /// For what comes after an operation.
  Following& following() { return following_; }

 private:
  std::filesystem::path socket_;
  Following following_;
  bool has_met_daemon_ = false;  // one that does not answer now restarts
};

}  // namespace tally::cli
