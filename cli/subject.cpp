#include "cli/subject.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/show/format.hpp"
#include "cli/show/table.hpp"

namespace tally::cli {
namespace {

constexpr std::size_t most_candidates = 20;

// ?1: what was given; ?2 and ?3: credential and location, '' for any; ?4: the last rank that counts.
constexpr const char* matches = R"(
WITH subjects AS (
  SELECT 'instance_type' AS kind, credential, instance_type_id AS id, type AS name, '' AS ref_id, location
  FROM instance_types
  UNION ALL SELECT 'instance', credential, cloud_id, name, ref_id, location FROM instances
  UNION ALL SELECT 'location', credential, name, coalesce(description, ''), '', name FROM locations),
ranked AS (
  SELECT *, CASE WHEN id = ?1 THEN 0 WHEN name = ?1 OR ref_id = ?1 THEN 1
                 WHEN instr(lower(id), lower(?1)) > 0 OR instr(lower(name), lower(?1)) > 0 THEN 2 END AS rank
  FROM subjects WHERE ?2 IN ('', credential) AND ?3 IN ('', location) AND kind IN ({}))
SELECT kind, credential, id, coalesce(name, ''), coalesce(location, '') FROM ranked
WHERE rank = (SELECT min(rank) FROM ranked) AND rank <= ?4 ORDER BY kind, credential, id)";

}  // namespace

void SubjectName::add_options(CLI::App& command, const std::string& name, const std::string& help) {
  command.add_option(name, text, help)->required()->type_name("TEXT");
  command.add_option("--credential", credential, "as this credential sees it");
  command.add_option("--location", location, "the one in this region");
}

std::vector<Subject> find_subjects(Reader& reader, const SubjectName& name, const std::string& kinds) {
  if (name.text.empty()) return {};
  std::vector<Subject> subjects;
  const std::int64_t last_rank = name.is_whole ? 1 : 2;
  const std::vector<SqlValue> parameters = {name.text, name.credential, name.location, last_rank};
  for (const auto& row : reader.query(fmt::format(matches, kinds), parameters).rows) {
    const auto text = [&row](std::size_t column) { return std::get<std::string>(row.at(column)); };
    subjects.push_back({text(0), text(1), text(2), text(3), text(4)});
  }
  return subjects;
}

Subject find_instance(Reader& reader, const SubjectName& name) {
  std::vector<Subject> all = find_subjects(reader, name, "'instance'");
  std::vector<Subject> live;
  for (const Subject& subject : all) {
    const auto rows = reader.query("SELECT 1 FROM instances WHERE credential = ? AND cloud_id = ? AND is_ended = 0",
                                   {subject.credential, subject.id});
    if (!rows.rows.empty()) live.push_back(subject);
  }
  const std::vector<Subject>& candidates = live.empty() ? all : live;
  if (candidates.size() != 1) refuse(name, candidates);
  return candidates.front();
}

void refuse(const SubjectName& name, const std::vector<Subject>& candidates) {
  const std::string given = plain(name.text);
  if (candidates.empty()) throw NoSubject("the catalog knows nothing by the name of \"" + given + "\"");
  std::vector<TableRow> rows;
  for (const Subject& subject : candidates) {
    if (rows.size() == most_candidates) break;
    rows.push_back({{plain(subject.kind), plain(subject.id), plain(subject.name), plain(subject.credential)}});
  }
  std::string text = fmt::format("\"{}\" may be any of {}; say which by its ID, --credential or --location:\n", given,
                                 candidates.size());
  text += render({{"KIND"}, {"ID"}, {"NAME"}, {"CREDENTIAL"}}, rows, {});
  if (candidates.size() > rows.size()) text += "...\n";
  text.pop_back();
  throw NoSubject(text);
}

}  // namespace tally::cli
