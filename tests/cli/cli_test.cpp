#include <algorithm>
#include <catch2/catch.hpp>
#include <clocale>

#include "cli/show/format.hpp"
#include "cli/show/output.hpp"
#include "cli/show/table.hpp"

namespace tally::cli_test {
using namespace tally::cli;

namespace {

// Widths are those of a UTF-8 terminal, as in main.cpp.
const char* const locale_of_all_tests = std::setlocale(LC_CTYPE, "C.UTF-8");

const Reader::Rows rows = {
    {"name", "count", "price", "attributes", "detail"},
    {{std::string("a,\"b\"\n"), std::int64_t{9'007'199'254'740'993}, 1.5, std::string("{\"x\":[1]}"), std::monostate()},
     {std::string("é"), std::int64_t{0}, std::monostate(), std::string("no json"), std::string("[1")}}};

}  // namespace

TEST_CASE("JSON keeps whole numbers whole and nests JSON columns", "[cli]") {
  CHECK(to_text(Format::json, rows) ==
        "[\n"
        R"({"name":"a,\"b\"\n","count":9007199254740993,"price":1.5,"attributes":{"x":[1]},"detail":null})"
        ",\n"
        R"({"name":"é","count":0,"price":null,"attributes":"no json","detail":"[1"})"
        "\n]\n");
  CHECK(to_text(Format::json, {{"a"}, {}}) == "[]\n");
}

TEST_CASE("JSON lines are one object a line", "[cli]") {
  const std::string text = to_text(Format::jsonl, rows);
  CHECK(std::count(text.begin(), text.end(), '\n') == 2);
}

TEST_CASE("CSV quotes what needs it", "[cli]") {
  CHECK(to_text(Format::csv, rows)
            .starts_with("name,count,price,attributes,detail\n\"a,\"\"b\"\"\n\",9007199254740993,1.5,\"{\"\"x"));
}

TEST_CASE("numbers are plain decimals for programs, whatever their size, and give themselves back", "[cli]") {
  for (const auto& [number, text] : std::vector<std::pair<double, std::string>>{{0.0, "0"},
                                                                                {3.0, "3"},
                                                                                {0.1, "0.1"},
                                                                                {-1.5, "-1.5"},
                                                                                {0.000001, "0.000001"},
                                                                                {458208.42, "458208.42"},
                                                                                {1e21, "1000000000000000000000"},
                                                                                {1.0 / 3, "0.3333333333333333"}}) {
    const Reader::Rows one = {{"n"}, {{number}}};
    CHECK(to_text(Format::csv, one) == "n\n" + text + "\n");
    CHECK(to_text(Format::jsonl, one) == "{\"n\":" + text + "}\n");
    CHECK(std::stod(text) == number);
  }
  CHECK(to_text(Format::jsonl, {{"attributes"}, {{std::string("{\"a\":[1e-7,{\"b\":1.5E0}],\"c\":{}}")}}}) ==
        "{\"attributes\":{\"a\":[0.0000001,{\"b\":1.5}],\"c\":{}}}\n");
  CHECK(plain(1'396'800.5) == "1396800.5");
}

TEST_CASE("CSV gives texts back exactly, what a spreadsheet takes for a formula, too", "[cli]") {
  const Reader::Rows formulas = {{"a", "b"}, {{std::string("=1+1"), std::string("@x")}, {std::string("\tx"), -1.0}}};
  CHECK(to_text(Format::csv, formulas) == "a,b\n=1+1,@x\n\tx,-1\n");
  CHECK(to_text(Format::csv, {{"a"}, {{std::string("x\ry")}}}) == "a\n\"x\ry\"\n");
}

TEST_CASE("nothing that drives a terminal is shown", "[cli]") {
  CHECK(plain(std::string("\033[31mred\r\n\x7f\xc2\x9bx")) == " [31mred    x");
  CHECK(plain(std::string("a\u202eb\u2066c\u2028d\x9b[1m")) == "a b c d [1m");
  CHECK(plain(std::monostate()) == "-");
}

TEST_CASE("a table fits the terminal by cutting the columns that may shrink", "[cli]") {
  const std::vector<Column> columns = {{"ID"}, {"NAME", false, true}, {"N", true}};
  const std::vector<TableRow> lines = {{{"id-1", "a rather long name of something", "7"}},
                                       {{"id-22", "short", "12345"}}};
  CHECK(render(columns, lines, {}) ==
        "ID     NAME                                 N\n"
        "id-1   a rather long name of something      7\n"
        "id-22  short                            12345\n");
  CHECK(render(columns, lines, {30, false}) ==
        "ID     NAME                  N\n"
        "id-1   a rather long n…      7\n"
        "id-22  short             12345\n");
}

TEST_CASE("colour is used only where it is wanted", "[cli]") {
  const std::vector<TableRow> lines = {{{"x"}, true}};
  CHECK(render({{"A"}}, lines, {0, true}) == "\033[1mA\033[0m\n\033[2mx\033[0m\n");
  CHECK(render({{"A"}}, lines, {}) == "A\nx\n");
}

}  // namespace tally::cli_test
