#include "cli/client/instance_watch.hpp"

#include <sysexits.h>

#include "store/error.hpp"

namespace tally::cli {

std::optional<Goal> goal_from(std::string_view word) {
  if (word == "running") return Goal::running;
  if (word == "reachable") return Goal::reachable;
  if (word == "stopped") return Goal::stopped;
  return std::nullopt;
}

Sight look_at(Reader& reader, const std::string& credential, const std::string& cloud_id, Goal goal) {
  const Reader::Rows rows = reader.query(
      "SELECT i.status, i.is_ended, coalesce(i.is_reachable, 0), coalesce(i.public_ip, i.public_dns, ''), "
      "coalesce(i.status_message, ''), coalesce(p.stage || coalesce(': ' || p.error, ''), '') "
      "FROM instances i LEFT JOIN ssh_probes p USING (credential, cloud_id) "
      "WHERE i.credential = ? AND i.cloud_id = ?",
      {credential, cloud_id});
  Sight sight;
  if (rows.rows.empty()) {
    sight.words = "not listed yet";
    return sight;
  }
  const auto& row = rows.rows.front();
  const auto text = [&row](std::size_t column) { return std::get<std::string>(row.at(column)); };
  const auto is_set = [&row](std::size_t column) { return row.at(column) == SqlValue(std::int64_t{1}); };
  const std::string status = text(0);
  const bool is_running = status == "running";
  sight.is_there = true;
  sight.is_lost = is_set(1) || status == "failed" || status == "terminated" || status == "terminating";
  sight.is_reached = !sight.is_lost &&
                     (goal == Goal::stopped ? status == "stopped" : is_running && (goal == Goal::running || is_set(2)));
  sight.words = status;
  if (is_running && !text(3).empty()) sight.words += " at " + text(3);
  if (is_running && goal == Goal::reachable) {
    sight.words += is_set(2) ? ", reachable" : ", not reachable yet" + (text(5).empty() ? "" : ": " + text(5));
  }
  if (!text(4).empty()) sight.words += " (" + text(4) + ")";
  return sight;
}

Sight watch(Following& following, const std::function<Reader()>& open, const std::string& credential,
            const std::string& cloud_id, Goal goal, const std::string& operation_id,
            const std::function<bool(Reader& reader, const Sight& sight)>& is_over) {
  Sight sight;
  following.until_over([&] {
    Look look;
    look.subjects = {cloud_id, operation_id};
    try {
      Reader reader = open();
      sight = look_at(reader, credential, cloud_id, goal);
      look.words = cloud_id + " " + sight.words;
      look.is_over = is_over(reader, sight);
    } catch (const StoreError& error) {
      if (error.exit_code() != EX_UNAVAILABLE) throw;
      look.is_blind = true;
    }
    return look;
  });
  return sight;
}

}  // namespace tally::cli
