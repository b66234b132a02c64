#include "cli/client/following.hpp"

#include <algorithm>
#include <optional>

#include "cli/show/note.hpp"
#include "runtime/contains.hpp"
#include "store/error.hpp"
#include "store/reader.hpp"

namespace tally::cli {
namespace {

constexpr std::chrono::seconds blind_for{1};     // when nothing could be seen
constexpr std::chrono::seconds tick_of_line{1};  // of the line for people

/// Nothing: there is no catalog yet.
std::optional<std::int64_t> newest_event(const Context& context) {
  try {
    Reader reader = context.open();
    return last_event_id(reader);
  } catch (const StoreError&) {
    return std::nullopt;
  }
}

}  // namespace

Following::Following(const Context& context, Time give_up_at)
    : events_(context.places().control_socket, newest_event(context)), give_up_at_(give_up_at) {}

bool Following::until_over(const std::function<Look()>& look, Time until) {
  until = std::min(until, give_up_at_);
  for (;;) {
    const Look seen = look();
    line_.show(seen.words);
    if (seen.is_over) {
      line_.end();
      return true;
    }
    if (!await(seen, until)) {
      line_.end();
      return false;
    }
  }
}

bool Following::await(const Look& last, Time until) {
  const Time blind_until = last.is_blind ? std::chrono::steady_clock::now() + blind_for : Time::max();
  for (;;) {
    const Time now = std::chrono::steady_clock::now();
    if (now >= until) return false;
    if (now >= blind_until) return true;
    const std::optional<LiveEvent> event = events_.next(std::min({until, blind_until, now + tick_of_line}));
    const bool is_news = event && (event->kind.empty() || contains(last.subjects, event->subject_id));
    if (is_news) return true;
    line_.show(last.words);
  }
}

void Following::tell(const std::string& what) {
  line_.end();
  cli::tell(what);
}

}  // namespace tally::cli
