#include "cli/show/event_follower.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sysexits.h>

#include <iostream>

#include "cli/show/words.hpp"
#include "store/error.hpp"

namespace tally::cli {
namespace {

constexpr timespec look_every{0, 300'000'000};
constexpr int events_per_look = 1000;

std::string value_sql(const std::string& column) {
  return fmt::format(
      "CASE WHEN {0} IS NULL THEN 'unknown' WHEN field LIKE 'price_nanos%' THEN rtrim(rtrim(printf('%.9f', {0} / 1e9), "
      "'0'), '.') "
      "ELSE {0} END",
      column);
}

}  // namespace

Query events_query() {
  Query query;
  query.fields = {
      {{"ID", true}, "id", Shown::wide},
      {{"TIME"}, time_sql("at_ms")},
      {{"CREDENTIAL", false, true}, "credential"},
      {{"KIND"}, "kind"},
      {{"SUBJECT", false, true}, "coalesce(subject_id, '')"},
      // What an addition holds is in the subject's view as well.
      {{"WHAT", false, true},
       "CASE WHEN field IS NOT NULL THEN field || ': ' || " + value_sql("old") + " || ' -> ' || " + value_sql("new") +
           " || coalesce(' (' || detail || ')', '') WHEN kind IN ('type_added', 'instance_added') THEN '' "
           "ELSE coalesce(old || ' ', '') || coalesce(new || ' ', '') || coalesce(detail, '') END"},
  };
  return query;
}

EventFollower::EventFollower(const Context& context, Where where, std::int64_t last)
    : context_(context),
      where_(std::move(where)),
      last_(last),
      table_(columns_for(context, events_query()), context.table_style()) {}

void EventFollower::print(Reader& reader, const Query& query) {
  std::cout << (context_.is_for_people() ? table_.add(read_for_people(context_, reader, query))
                                         : to_text(context_.format, read(reader, query), !has_printed_))
            << std::flush;
  has_printed_ = true;
}

void EventFollower::run() {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  // A signal counts between two looks only, so that no line is cut.
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  do {
    look();
  } while (std::cout && sigtimedwait(&ends, nullptr, &look_every) < 0);
}

void EventFollower::look() {
  try {
    // Opened anew: the file may be another by now, and none while somebody puts it there.
    Reader reader = context_.open();
    const std::int64_t newest = last_event_id(reader);
    if (newest < last_) last_ = 0;
    while (last_ < newest) {
      const std::int64_t upto = std::min(newest, last_ + events_per_look);
      Where where = where_;
      where.add("id > ?", last_);
      where.add("id <= ?", upto);
      Query query = events_query();
      query.from = "FROM events" + where.text() + " ORDER BY id";
      query.parameters = where.parameters();
      print(reader, query);
      last_ = upto;
    }
  } catch (const StoreError& error) {
    if (error.exit_code() != EX_UNAVAILABLE) throw;
  }
}

}  // namespace tally::cli
