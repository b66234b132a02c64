// A made-up vendor of bare lists and of pages behind cursors, asked for real.
#include "providers/rest/client.hpp"

#include <catch2/catch.hpp>

#include "net/json_rows.hpp"
#include "providers/rest/row_list.hpp"
#include "tests/fakes/fake_http.hpp"
#include "tests/fakes/manual_clock.hpp"
#include "tests/fakes/memory_cache.hpp"
#include "tests/fakes/run_task.hpp"

namespace tally::rest_client_test {
using namespace tally::fakes;

namespace {

Refusal read_refusal(const Response& answer) {
  Refusal said;
  if (const auto body = refusal_json(answer.body)) said.code = body->text_of("code");
  return said;
}

Location read_place(const json::Fields& fields) {
  Location place;
  place.name = fields.deciding().text("name", limits::id);
  if (place.name.empty()) fields.deciding().report("name", "is missing");
  return place;
}

/// The page after this one, by its cursor.
Result<std::optional<std::string>> next_page(const std::string& body) {
  WorkLimit limit;
  const auto cursor = json::member_beside(body, "cursor", limit);
  if (!cursor) return tl::unexpected(cursor.error());
  json::Value value;
  if (!*cursor || json::Parser().parse(**cursor, value) != json::Parsed::good) return std::nullopt;
  return "/places?after=" + value.text;
}

class World {
 public:
  boost::asio::io_context context;
  FakeHttp http;
  Redactor redactor;

  AccountContext account{Credential(), http, budget_, clock_, rng_, cache_, context.get_executor(), redactor};
  RestClient client{account,
                    "https://acme.test/v1",
                    {"acme", read_refusal, {}},
                    std::make_unique<HeaderAuthorizer>(Header{"Authorization", Secret("Bearer canary")})};
  RowList<Location> places{{"data", read_place}, redactor};
  RowList<Location> bare{{"", read_place}, redactor};

  Result<Answer<Location>> ask_pages() {
    return run_task(context, client.ask_pages(operations::list_regions, "/places", next_page,
                                              [this](std::vector<std::string> pages, WorkLimit limit) {
                                                ModelSize size;
                                                return places.read(std::move(pages), size, limit);
                                              }));
  }
  Result<Answer<Location>> read_bare(std::string body, WorkLimit limit = WorkLimit()) {
    ModelSize size;
    return bare.read({std::move(body)}, size, limit);
  }

 private:
  ManualClock clock_{context, Timestamp(std::chrono::hours(480'000))};
  TenantBudget budget_{clock_, {"", 1000, 1000}};
  Rng rng_{1};
  MemoryCache cache_;
};

}  // namespace

TEST_CASE("all pages of a list are one answer, and an unchanged row is the same object next time", "[providers]") {
  World world;
  world.http.reply("/places", 200, R"({"data":[{"name":"a"},{"name":"b"}],"cursor":"b"})");
  world.http.reply("/places?after=b", 200, R"({"cursor":null,"data":[{"name":"c"},{"nom":"d"}]})");
  const auto first = world.ask_pages();
  REQUIRE(first);
  REQUIRE(first->rows.size() == 3);
  CHECK(first->rows[2]->name == "c");
  CHECK(first->rejected.size() == 1);
  CHECK(world.http.sent[1].url == "https://acme.test/v1/places?after=b");
  CHECK(world.http.sent[1].authorization == "Bearer canary");

  world.http.reply("/places?after=b", 200, R"({"cursor":null,"data":[{"name":"e"},{"name":"c"}]})");
  const auto second = world.ask_pages();
  REQUIRE(second);
  CHECK(second->rows[0] == first->rows[0]);
  CHECK(second->rows[3] == first->rows[2]);
}

TEST_CASE("an answer that comes again byte for byte is not read again", "[providers]") {
  int decoded = 0;
  const Redactor redactor;
  RowList<Location> places({"data",
                            [&decoded](const json::Fields& fields) {
                              ++decoded;
                              return read_place(fields);
                            }},
                           redactor);
  WorkLimit no_time(std::chrono::seconds(-1));  // what is read at all fails
  WorkLimit limit;
  ModelSize size;
  const std::vector<std::string> pages = {R"({"data":[{"name":"a"},{"name":"b"}]})", R"({"data":[{"nom":"c"}]})"};
  const auto first = places.read(pages, size, limit);
  REQUIRE(first);
  const std::size_t bytes = size.bytes();

  size = {};
  const auto again = places.read(pages, size, no_time);
  REQUIRE(again);
  CHECK(again->rows == first->rows);
  CHECK(again->rejected.size() == 1);
  CHECK(size.bytes() == bytes);
  CHECK(decoded == 3);

  const std::vector<std::string> moved = {R"({"data":[{"name":"a"}]})", R"({"data":[{"name":"b"},{"name":"d"}]})"};
  CHECK_FALSE(places.read(moved, size, no_time));
  REQUIRE(places.read(pages, size, limit));
  decoded = 0;
  const auto next = places.read(moved, size, limit);
  REQUIRE(next);
  CHECK(decoded == 1);  // a row that is on another page now is the same row
}

TEST_CASE("a page that fails, repeats another or is not one fails the list", "[providers]") {
  World world;
  world.http.reply("/places", 200, R"({"data":[{"name":"a"}],"cursor":"b"})");
  const auto [status, body] = GENERATE(table<int, std::string>({{500, ""},
                                                                {200, R"({"data":[],"cursor":"b"})"},
                                                                {200, R"({"data":[)"},
                                                                {200, R"({"cursor":null})"},
                                                                {404, R"({"code":"gone"})"}}));
  world.http.reply("/places?after=b", status, body);
  const auto answer = world.ask_pages();
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == Errc::service_unavailable);
  CHECK(answer.error().provider == "acme");
  CHECK(answer.error().operation == "list regions");
  CHECK(answer.error().certainty == Certainty::nothing_happened);
}

TEST_CASE("a reply may be the list itself", "[providers]") {
  World world;
  const auto answer = world.read_bare(R"([{"name":"a"},17,{"name":"b"}])");
  REQUIRE(answer);
  CHECK(answer->rows.size() == 2);
  CHECK(answer->rejected.size() == 1);
  CHECK(world.read_bare(" [] ")->rows.empty());
  for (const char* body : {"", "{}", "null", "[", "[] []", "[]x", R"([{"name":"a"})", "[,]"}) {
    CAPTURE(body);
    CHECK_FALSE(world.read_bare(body));
  }
}

TEST_CASE("after a call that changes something, only a refusal says that nothing happened", "[providers]") {
  World world;
  const auto certainty_after = [&world](int status, const std::string& body) {
    world.http.reply("/machines", status, body);
    Request request;
    request.method = Method::post;
    request.url = "/machines";
    const auto answer = run_task(world.context, world.client.send({"create instance"}, std::move(request)));
    REQUIRE_FALSE(answer);
    return answer.error().certainty;
  };
  CHECK(certainty_after(400, R"({"code":"no"})") == Certainty::nothing_happened);
  CHECK(certainty_after(502, "<html>") == Certainty::unknown);

  world.http.reply("/machines", 200, "{");
  Request request;
  request.method = Method::post;
  request.url = "/machines";
  const auto unread = run_task(
      world.context, world.client.ask({"create instance"}, std::move(request),
                                      [&](std::string body, WorkLimit limit) { return world.read_bare(body, limit); }));
  REQUIRE_FALSE(unread);
  CHECK(unread.error().certainty == Certainty::unknown);
}

}  // namespace tally::rest_client_test
