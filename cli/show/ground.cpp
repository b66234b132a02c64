#include "cli/show/ground.hpp"

#include <fmt/format.h>

#include <iostream>

#include "cli/show/format.hpp"
#include "cli/show/words.hpp"

namespace tally::cli {
namespace {

constexpr std::size_t named_gaps = 5;

/// One row a listing that is asked; one with no listing for a credential that has none.
constexpr const char* listings = R"(
FROM credentials c LEFT JOIN listing_states s ON s.credential = c.credential AND s.syncer = ? AND s.is_asked = 1
WHERE c.removed_at_ms IS NULL)";

std::string gap_sql() {
  return fmt::format(
      "c.credential || CASE WHEN s.location <> '' THEN ' in ' || s.location ELSE '' END || CASE "
      "WHEN s.failing_since_ms IS NOT NULL THEN ': failing for ' || {} || ', ' ELSE ': ' END || CASE "
      "WHEN s.last_success_at_ms IS NULL THEN 'never listed' ELSE 'last listed ' || {} || ' ago' END",
      age_sql("s.failing_since_ms"), age_sql("s.last_success_at_ms"));
}

}  // namespace

Ground ground_of(Reader& reader, const std::string& syncer) {
  const auto gaps =
      reader.query("SELECT " + gap_sql() + listings + " AND coalesce(s.is_stale, 1) = 1 ORDER BY 1", {syncer});
  Ground ground;
  for (std::size_t i = 0; i < gaps.rows.size() && i < named_gaps; ++i) {
    ground.gaps += (i == 0 ? "" : "; ") + plain(gaps.rows[i].at(0));
  }
  if (gaps.rows.size() > named_gaps) ground.gaps += fmt::format("; and {} more", gaps.rows.size() - named_gaps);
  const auto oldest = reader.query("SELECT count(*), " + age_sql("min(s.last_success_at_ms)") + listings, {syncer});
  if (oldest.rows.at(0).at(0) == SqlValue(std::int64_t{0})) {
    ground.gaps = "no credential is configured, or tallyd has not run";
  } else if (gaps.rows.empty()) {
    ground.age = plain(oldest.rows.at(0).at(1));
  }
  return ground;
}

void show(const Context& context, Reader& reader, Query query, const Ground& ground,
          const std::string& when_incomplete) {
  query.when_empty =
      ground.gaps.empty() ? fmt::format("{} (listed {} ago)", query.when_empty, ground.age) : when_incomplete;
  show(context, reader, query);
  if (!ground.gaps.empty()) std::cerr << "not all is known: " << ground.gaps << '\n';
}

}  // namespace tally::cli
