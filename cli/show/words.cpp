#include "cli/show/words.hpp"

#include <fmt/format.h>

namespace tally::cli {

std::string time_sql(const std::string& ms) {
  return fmt::format("strftime('%Y-%m-%d %H:%M:%S', {} / 1000, 'unixepoch')", ms);
}

std::string duration_sql(const std::string& elapsed_ms) {
  const std::string ms = fmt::format("max(0, {})", elapsed_ms);
  const auto in = [&ms](int unit_ms, const char* unit) {
    return fmt::format("(({}) / {}) || ' {}'", ms, unit_ms, unit);
  };
  return fmt::format(
      "(CASE WHEN {0} < 120000 THEN {1} WHEN {0} < 7200000 THEN {2} WHEN {0} < 172800000 THEN {3} ELSE {4} END)", ms,
      in(1000, "s"), in(60'000, "min"), in(3'600'000, "h"), in(86'400'000, "d"));
}

std::string age_sql(const std::string& ms) {
  return fmt::format("(CASE WHEN {0} IS NULL THEN 'never' ELSE {1} END)", ms,
                     duration_sql(fmt::format("(SELECT ms FROM now_ms) - {}", ms)));
}

std::string age_sql(const std::string& ms, const std::string& is_stale) {
  return fmt::format("{} || CASE {} WHEN 1 THEN ' (stale)' ELSE '' END", age_sql(ms), is_stale);
}

std::string ago_sql(const std::string& ms) {
  return fmt::format("CASE WHEN {0} IS NOT NULL THEN {1} || ' ago, at ' || {2} END", ms, age_sql(ms), time_sql(ms));
}

std::string price_sql(const std::string& price) {
  return fmt::format(
      "CASE WHEN {0} IS NULL THEN NULL WHEN {0} > 0 AND {0} < 0.01 THEN printf('%.4f %s', {0}, currency) "
      "ELSE printf('%.2f %s', {0}, currency) END",
      price);
}

std::string yes_sql(const std::string& column) {
  return fmt::format("CASE {} WHEN 1 THEN 'yes' WHEN 0 THEN 'no' END", column);
}

std::string gpus_sql() { return "gpu_count || ' x ' || gpu_name"; }

std::string availability_sql() {
  return "CASE is_available WHEN 1 THEN 'yes' WHEN 0 THEN 'no' || coalesce(': ' || availability_reason, '') "
         "ELSE 'unknown' END";
}

}  // namespace tally::cli
