// Follows what goes on until it is over: looks at it, and again whenever the daemon's event stream tells something
// about it. The daemon may restart meanwhile.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "cli/client/live_events.hpp"
#include "cli/command.hpp"
#include "cli/show/progress_line.hpp"

namespace tally::cli {

/// How it is doing.
struct Look {
  bool is_over = false;
  bool is_blind = false;              // nothing could be seen now: soon again
  std::string words;                  // for people; "": nothing new
  std::vector<std::string> subjects;  // `subject_id` of the events that call for another look
};

class Following {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// From the newest event of the catalog on: make it before anything is asked for. The context outlives it.
  Following(const Context& context, Time give_up_at);

  [[nodiscard]] Time give_up_at() const { return give_up_at_; }
  [[nodiscard]] bool may_go_on() const { return std::chrono::steady_clock::now() < give_up_at_; }

  /// True: it is over. False: the time is up, which is give_up_at() or `until`, whichever is first.
  bool until_over(const std::function<Look()>& look, Time until = Time::max());

  /// A line of another's on standard error: ends ours.
  void tell(const std::string& what);

 private:
  /// Whether there is something to look at; false: the time is up.
  bool await(const Look& last, Time until);

  LiveEvents events_;
  Time give_up_at_;
  ProgressLine line_;
};

}  // namespace tally::cli
