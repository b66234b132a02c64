// The example queries of docs/catalog.md run against a catalog, and the document names every column of every view.
#include <catch2/catch.hpp>

#include "store/catalog.hpp"
#include "store/reader.hpp"
#include "tests/fakes/files.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace tally::documentation_test {
namespace {

std::string document() { return fakes::text_of(std::string(TALLY_TESTS_DIR) + "/../docs/catalog.md"); }

std::vector<std::string> examples(const std::string& text) {
  std::vector<std::string> queries;
  const std::string open = "```sql\n";
  for (auto at = text.find(open); at != std::string::npos; at = text.find(open, at + 1)) {
    const auto begin = at + open.size();
    queries.push_back(text.substr(begin, text.find("```", begin) - begin));
  }
  return queries;
}

}  // namespace

TEST_CASE("every example query of the catalog's document runs", "[store]") {
  const fakes::TemporaryDirectory directory;
  const Catalog catalog(directory / "catalog.db");
  Reader reader(directory / "catalog.db");
  const auto queries = examples(document());
  CHECK(queries.size() >= 14);
  for (const std::string& query : queries) {
    INFO(query);
    CHECK_NOTHROW(reader.query(query));
  }
}

TEST_CASE("the catalog's document names every view and every column", "[store]") {
  const fakes::TemporaryDirectory directory;
  const Catalog catalog(directory / "catalog.db");
  Reader reader(directory / "catalog.db");
  const std::string text = document();
  const auto columns = reader.query(
      "SELECT v.name, c.name FROM sqlite_master v, pragma_table_info(v.name) c WHERE v.type = 'view' "
      "AND v.name NOT IN ('listing_states', 'vouched_instances')");
  CHECK(columns.rows.size() > 300);
  for (const auto& row : columns.rows) {
    for (const SqlValue& name : row) {
      INFO(std::get<std::string>(name));
      CHECK(text.find(std::get<std::string>(name)) != std::string::npos);
    }
  }
}

}  // namespace tally::documentation_test
