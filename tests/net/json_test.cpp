#include <catch2/catch.hpp>

#include "net/json_fields.hpp"
#include "net/json_quote.hpp"
#include "net/json_rows.hpp"

namespace tally::json_test {
using json::Container;

namespace {

/// Reads the row with `read` and answers what was found wrong.
template <class Read>
json::Findings findings(std::string_view text, Read read) {
  json::RowReader row;
  REQUIRE(row.parse(text) == json::RowReader::Kind::good);
  read(row.fields());
  return row.findings();
}

Redactor redactor() {
  ProviderDescription provider;
  provider.credential_fields = {{"api_key"}};
  SecretFields fields;
  fields.emplace("api_key", Secret(std::string("canary-key-0123456789")));
  return Redactor(fields, provider);
}

Result<std::vector<json::RawRow>> split(std::string_view body, std::string_view field, Container container) {
  WorkLimit limit;
  return json::split_rows(body, field, container, limit);
}

}  // namespace

TEST_CASE("rows of a list are split without being read", "[json]") {
  const std::string body = R"( {"meta":1e400,"data":[ {"a":"]}"} , 17,"x\"" ],"more":{"a":[]}} )";
  const auto rows = split(body, "data", Container::list);
  REQUIRE(rows);
  REQUIRE(rows->size() == 3);
  CHECK(rows->at(0).text == R"({"a":"]}"})");
  CHECK(rows->at(2).text == R"("x\"")");
  const auto keyed = split(R"({"data":{"k\u0041":{"a":1}}})", "data", Container::object);
  REQUIRE(keyed);
  CHECK(keyed->at(0).key == "kA");
}

TEST_CASE("another container than the documented one is no answer, even when it is empty", "[json]") {
  for (const char* body : {R"({"data":[]})", R"({"data":null})", R"({"data":"x"})", R"([])", R"({"data":[{}]})"}) {
    INFO(body);
    CHECK_FALSE(split(body, "data", Container::object));
  }
  CHECK_FALSE(split(R"({"data":{}})", "data", Container::list));
  CHECK(split(R"({"data":{}})", "data", Container::object));
}

TEST_CASE("what is no JSON fails as a whole", "[json]") {
  for (const char* body : {"", " ", "{", R"({"data":[)", R"({"data":[1})", R"({"data":[1 2]})", R"({"data":[1,]})",
                           R"({"data":[]}x)", R"({"data":[]}{)", R"({"data":[],"x":tru})", R"({"data":[],"x":01})",
                           R"({"data":[],"data":[]})", R"({"data":["x]})", R"({"data" []})", R"({data:[]})"}) {
    INFO(body);
    CHECK_FALSE(split(body, "data", Container::list));
  }
}

TEST_CASE("a byte order mark is ignored: UTF-16, a web page and gzip are named", "[json]") {
  const auto why = [](std::string body) {
    const auto rows = split(body, "data", Container::list);
    return rows ? std::string("good") : rows.error().message;
  };
  using namespace std::string_literals;
  CHECK(why("\xef\xbb\xbf{\"data\":[]}") == "good");
  CHECK(why("\xff\xfe{\0\"\0"s).find("UTF-16") != std::string::npos);
  CHECK(why("\0{\0\""s).find("UTF-16") != std::string::npos);
  CHECK(why("\n<!DOCTYPE html><p>").find("`endpoint`") != std::string::npos);
  CHECK(why("\x1f\x8b\x08").find("gzip") != std::string::npos);
  CHECK(why("{\"data\":[\"\xe9\"]}").find("not UTF-8") != std::string::npos);
}

TEST_CASE("more rows than anybody has are refused while they are counted", "[json]") {
  std::string body = R"({"data":[0)";
  for (std::size_t i = 0; i < limits::rows_per_listing; ++i) body += ",0";
  CHECK_FALSE(split(body + "]}", "data", Container::list));
}

TEST_CASE("an answer's object has few members beside its rows, and no more of them are read", "[json]") {
  const auto body_with = [](std::size_t members) {
    std::string body = "{";
    for (std::size_t i = 0; i < members; ++i) body += R"("a":1,)";
    return body + R"("data":[]})";
  };
  const std::string good = body_with(limits::members_beside_rows);
  CHECK(split(good, "data", Container::list));
  const std::string more = body_with(limits::members_beside_rows + 1);
  const auto refused = split(more, "data", Container::list);
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().message, Catch::Contains("more than 1000 members"));
}

TEST_CASE("whoever has no time left splits no answer", "[json]") {
  WorkLimit no_time(std::chrono::seconds(0));
  const auto rows = json::split_rows(R"({"data":[{}]})", "data", Container::list, no_time);
  REQUIRE_FALSE(rows);
  CHECK_THAT(rows.error().message, Catch::Contains("longer than one account may keep the others waiting"));
  CHECK_FALSE(json::single_row(R"({"data":{}})", "data", no_time));
  CHECK_FALSE(json::split_rows(R"({"data":{"k":{}}})", "data", Container::object, no_time));
}

TEST_CASE("a member is found however its name is spelled", "[json]") {
  CHECK(split(R"({"d\u0061ta":[1]})", "data", Container::list));
  CHECK_FALSE(split(R"({"d\u0061ta":[1],"data":[1]})", "data", Container::list));
  const auto keyed = split(R"({"data":{"a\n":1, "b" : {} }})", "data", Container::object);
  REQUIRE(keyed);
  CHECK(keyed->at(0).key == "a\n");
  CHECK(keyed->at(1).key == "b");
  CHECK(keyed->at(1).whole == R"("b" : {})");
}

TEST_CASE("half of a surrogate pair spoils its field only", "[json]") {
  const auto read = findings(R"({"a":"cut \ud83d","b":"\ude00 cut","c":"\ud83d\ude00","unused":["\uD800"],"\ud83d":1})",
                             [](const json::Fields& fields) {
                               CHECK(fields.text("a").empty());
                               CHECK(fields.text("b").empty());
                               CHECK(fields.text("c") == "😀");
                             });
  CHECK(read.fault.empty());
  REQUIRE(read.odd.size() == 2);
  CHECK(read.odd[0].field == "a");
  CHECK(read.odd[0].reason == "has half of a surrogate pair");
  json::Value value;
  REQUIRE(json::Parser().parse(R"({"message":"bad \ud83d key\\\udc00"})", value) == json::Parsed::good);
  CHECK(value.text_of("message") == "bad \xef\xbf\xbd key\\\xef\xbf\xbd");
  CHECK(split(R"({"other":"\ud83d","data":["\ud83d"]})", "data", Container::list));
}

TEST_CASE("a value is a number only when it is one", "[json]") {
  json::Value value;
  REQUIRE(json::Parser().parse("2.5e1", value) == json::Parsed::good);
  REQUIRE(value.number());
  CHECK(value.number()->whole() == 25);
  for (const char* other : {R"("25")", "null", "true", "[25]", "{}"}) {
    REQUIRE(json::Parser().parse(other, value) == json::Parsed::good);
    CHECK_FALSE(value.number());
  }
  CHECK(json::Parser().parse("1.e5", value) == json::Parsed::not_json);
  CHECK_FALSE(value.number());
}

TEST_CASE("a field that decides costs the row, any other itself", "[json]") {
  const auto read = [](const json::Fields& fields) {
    CHECK_FALSE(fields.integer("vcpus"));
    CHECK(fields.deciding().text("id").empty());
  };
  const json::Findings wrong = findings(R"({"vcpus":"8","id":17})", read);
  CHECK(wrong.fault == "id is not a text");
  REQUIRE(wrong.odd.size() == 1);
  CHECK(wrong.odd[0].field == "vcpus");
  const json::Findings absent = findings(R"({"vcpus":null})", read);
  CHECK(absent.fault.empty());
  CHECK(absent.odd.empty());
}

TEST_CASE("numbers that nothing can hold cost their field: those that nobody asks for cost nothing", "[json]") {
  const json::Findings read = findings(R"({"x":1e400,"y":)" + std::string(400, '9') + R"(,"n":99999999999999999999})",
                                       [](const json::Fields& fields) { CHECK_FALSE(fields.integer("n")); });
  CHECK(read.fault.empty());
  CHECK(read.odd.size() == 1);
}

TEST_CASE("texts, lists, rows and depth have bounds", "[json]") {
  const std::string longer(limits::text + 1, 'x');
  const json::Findings read =
      findings(R"({"a":")" + longer + R"(","b":"a\u0000b","c":[1,2,3]})", [](const json::Fields& fields) {
        CHECK(fields.text("a").empty());
        CHECK(fields.text("a", limits::description).size() == limits::text + 1);
        CHECK(fields.text("b").empty());
        CHECK(fields.texts("c", 2).empty());
      });
  REQUIRE(read.odd.size() == 3);
  CHECK(read.odd[0].reason == "is longer than 1024 bytes");
  json::RowReader row;
  CHECK(row.parse("{\"a\":\"" + std::string(limits::row, 'x') + "\"}") == json::RowReader::Kind::faulty);
  CHECK(row.parse(std::string(1000, '[') + std::string(1000, ']')) == json::RowReader::Kind::faulty);
  CHECK(row.parse("[1]") == json::RowReader::Kind::faulty);
  CHECK(row.parse("{\"a\":1}") == json::RowReader::Kind::good);
}

TEST_CASE("secrets leave a row by their names and by their values, decoded, before it is cut", "[json]") {
  const std::string padding(limits::raw_row - 30, 'x');
  const std::string named = R"({"Access-Key":"abc","n":1e400,"deep":[{"dbPassword":{"x":"abc"}}],"ok":"y"})";
  const std::string kept = R"j({"Access-Key":"(removed)","n":1e400,"deep":[{"dbPassword":"(removed)"}],"ok":"y"})j";
  CHECK(json::quoted(named, redactor()) == kept);
  const std::string cut = json::quoted(R"({"p":")" + padding + R"(","q":"canary\u002dkey-0123456789"})", redactor());
  CHECK(cut.size() <= limits::raw_row);
  CHECK(cut.find("canary") == std::string::npos);
  CHECK(json::quoted(R"({"a":"canary-key-0123456789")", redactor()).find("canary") == std::string::npos);
  CHECK(json::is_secret_name("jupyter_token"));
  CHECK(json::is_secret_name("envs"));
  CHECK_FALSE(json::is_secret_name("description"));
  CHECK(json::is_secret_name("ssh_key"));
  CHECK_FALSE(json::is_secret_name("ssh_key_names"));
}

TEST_CASE("a long row is cut on a character boundary", "[json]") {
  const std::string text = "\"" + std::string(limits::raw_row - 2, 'x') + "é\"";
  CHECK(json::quoted(text, redactor()).size() == limits::raw_row - 1);
}

TEST_CASE("a reply may be a list itself, and nothing beside it", "[json]") {
  const auto rows = split("\xEF\xBB\xBF [{\"a\":1}, 2] ", "", Container::list);
  REQUIRE(rows);
  REQUIRE(rows->size() == 2);
  CHECK(rows->at(1).text == "2");
  for (const char* body : {"", "{}", "[1", "[1]]", "[1] 2", "null", "\xff\xfe["}) {
    CAPTURE(body);
    CHECK_FALSE(split(body, "", Container::list));
  }
}

TEST_CASE("what stands beside the rows is found as it is spelled", "[json]") {
  WorkLimit limit;
  const auto beside = [&limit](std::string_view body) { return json::member_beside(body, "cursor", limit); };
  CHECK(beside(R"({"data":[],"cursor":"a\"b"})").value() == R"("a\"b")");
  CHECK(beside(R"({"cursor":7,"data":[{"cursor":8}]})").value() == "7");
  CHECK_FALSE(beside(R"({"data":[],"cursor":null})").value());
  CHECK_FALSE(beside(R"({"data":[]})").value());
  CHECK_FALSE(beside(R"({"cursor":"a","cursor":"b"})"));
  CHECK_FALSE(beside(R"([])"));
}

TEST_CASE("a decimal price is read from its spelling, number or text", "[json]") {
  json::RowReader row;
  REQUIRE(row.parse(R"({"n":3.17,"t":"23.325000","e":"1e-2","z":0,"m":"-1","w":"3,17","f":true,"l":"1e99"})") ==
          json::RowReader::Kind::good);
  const json::Fields fields = row.fields();
  CHECK(fields.price("n")->nanos == 3'170'000'000);
  CHECK(fields.price("t")->nanos == 23'325'000'000);
  CHECK(fields.price("e")->nanos == 10'000'000);
  CHECK_FALSE(fields.price("z"));
  CHECK_FALSE(fields.price("m"));
  CHECK_FALSE(fields.price("none"));
  CHECK(row.findings().odd.empty());
  for (const char* name : {"w", "f", "l"}) CHECK_FALSE(fields.price(name));
  CHECK(row.findings().odd.size() == 3);
}

}  // namespace tally::json_test
