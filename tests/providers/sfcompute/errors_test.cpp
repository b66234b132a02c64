// What each refusal of SF Compute's means to each call. Source: its documented envelope and types of errors.
#include <catch2/catch.hpp>

#include "tests/providers/recorded_account.hpp"

namespace tally::sfcompute_errors_test {
using namespace tally::fakes;

namespace {

constexpr auto nothing = Certainty::nothing_happened;
constexpr auto unknown = Certainty::unknown;
const std::string create_path = "/preview/v2/instances";
const std::string machine_path = create_path + "/inst_running00000000001";
const std::string pool_path = "/preview/v2/pools/sfc:pool:acme:prod:default";
const std::string list_path =
    create_path + "?workspace=sfc:workspace:acme:prod&pool=sfc:pool:acme:prod:default&limit=200";

struct Case {
  std::string body;  // a file of errors/, or a text
  int status;
  Errc create;              // POST /instances
  std::optional<Errc> end;  // POST /instances/{id}/terminate; nothing: it is done
  Errc tag;                 // PATCH /instances/{id}
  Errc get;                 // GET /instances/{id}
  Errc list;                // GET /instances
  Certainty certainty;      // of the changes
};

std::string said(const std::string& type, const std::string& words) {
  return R"({"error":{"type":")" + type + R"(","message":")" + words + R"("}})";
}

/// The same wherever it is met.
Case everywhere(const std::string& body, int status, Errc kind, Certainty certainty = nothing) {
  return {body, status, kind, kind, kind, kind, kind, certainty};
}

std::vector<Case> cases() {
  using enum Errc;
  const auto gone = [](const std::string& body) {
    return Case{
        body,   404, resource_not_found, std::nullopt, instance_not_found, instance_not_found, resource_not_found,
        nothing};
  };
  return {
      everywhere("error_400.json", 400, invalid_request),
      everywhere("error_401.json", 401, auth),
      everywhere("error_402.json", 402, out_of_quota),
      everywhere("error_403.json", 403, forbidden),
      gone("error_404_instance.json"),
      gone("v1_error_404.json"),
      gone(said("not_found", "pool does not exist")),
      gone(R"({"error":"not found"})"),
      {R"({"error":"image not found"})", 404, image_not_found, std::nullopt, instance_not_found, instance_not_found,
       image_not_found, nothing},
      {said("not_found", "Image not found"), 404, image_not_found, std::nullopt, instance_not_found, instance_not_found,
       image_not_found, nothing},
      everywhere("error_409.json", 409, conflict),
      everywhere("error_422_capacity.json", 422, insufficient_resources),
      everywhere(said("unprocessable_entity", "No allocation on this pool"), 422, insufficient_resources),
      everywhere(said("unprocessable_entity", "SKU quota reached"), 422, insufficient_resources),
      everywhere(said("unprocessable_entity", "name is too long"), 422, invalid_request),
      // The words of a refusal are those of its details as well, and of their codes.
      everywhere(
          R"({"error":{"type":"unprocessable_entity","message":"refused","details":[{"code":"capacity_limit"}]}})", 422,
          insufficient_resources),
      everywhere(R"({"error":{"type":"unprocessable_entity","message":"refused",)"
                 R"("details":[{"code":"capacity_limit","message":"No free nodes on this SKU"}]}})",
                 422, insufficient_resources),
      // A bare text instead of the documented object.
      everywhere(R"({"error":"insufficient balance"})", 402, out_of_quota),
      everywhere(R"({"error":"already being terminated"})", 409, conflict),
      everywhere(R"({"error":"capacity limit reached"})", 422, insufficient_resources),
      everywhere(R"({"error":"name is too long"})", 422, invalid_request),
      everywhere("error_429.json", 429, rate_limited),
      everywhere("error_500.json", 500, service_unavailable, unknown),
      everywhere("error_503.json", 503, service_unavailable, unknown),
  };
}

}  // namespace

TEST_CASE("a refusal of SF Compute's means the same wherever it is met, but for what is gone", "[providers]") {
  for (const Case& each : cases()) {
    INFO(each.body << " " << each.status);
    RecordedAccount account(*find_provider("sfcompute"));
    const std::string body = each.body.ends_with(".json") ? account.file("errors/" + each.body) : each.body;
    const auto check = [&each](const auto& outcome, std::optional<Errc> kind) {
      REQUIRE(outcome.has_value() == !kind);
      if (!kind) return;
      CHECK(outcome.error().kind == *kind);
      CHECK(outcome.error().status == each.status);
      CHECK_FALSE(outcome.error().message.empty());
    };
    account.http.reply("POST " + create_path, each.status, body);
    account.http.reply("POST " + machine_path + "/terminate", each.status, body);
    account.http.reply("PATCH " + machine_path, each.status, body);
    const auto created = account.run(account->creates()->create(account.order));
    check(created, each.create);
    CHECK(created.error().certainty == each.certainty);
    CHECK(created.error().made.empty());
    const auto ended = account.run(account->terminates()->terminate(account.instance));
    check(ended, each.end);
    if (!ended) CHECK(ended.error().certainty == each.certainty);
    const auto tagged = account.run(account->updates_tags()->update_tags(account.instance, {{"team", "ml"}}));
    check(tagged, each.tag);
    CHECK(tagged.error().certainty == each.certainty);
    account.http.reply("GET " + machine_path, each.status, body);
    check(account.run(account->instance(account.instance)), each.get);
    account.http.reply("GET " + list_path, each.status, body);
    check(account.run(account->instances({})), each.list);
  }
}

TEST_CASE("a create at SF Compute whose pool is gone is no machine that is", "[providers]") {
  RecordedAccount account(*find_provider("sfcompute"));
  account.http.reply("GET " + pool_path, 404, said("not_found", "pool does not exist"));
  const auto created = account.run(account->creates()->create(account.order));
  REQUIRE_FALSE(created);
  CHECK(created.error().kind == Errc::resource_not_found);
  CHECK(created.error().certainty == nothing);
}

TEST_CASE("an image that SF Compute does not know is told as one", "[providers]") {
  RecordedAccount account(*find_provider("sfcompute"));
  account.http.reply("POST " + create_path, 404, said("not_found", "Image not found"));
  const auto created = account.run(account->creates()->create(account.order));
  REQUIRE_FALSE(created);
  CHECK(created.error().kind == Errc::image_not_found);
}

TEST_CASE("what is not in SF Compute's own form is no word of SF Compute's", "[providers]") {
  const auto [status, body] = GENERATE(table<int, std::string>({{404, ""},
                                                                {404, "<html>"},
                                                                {404, "[]"},
                                                                {404, "{}"},
                                                                {404, R"({"error":null})"},
                                                                {404, R"({"error":"no such route"})"},
                                                                {503, "<html>"},
                                                                {500, ""},
                                                                {301, ""}}));
  CAPTURE(status, body);
  RecordedAccount account(*find_provider("sfcompute"));
  account.http.reply("POST " + machine_path + "/terminate", status, body);
  const auto ended = account.run(account->terminates()->terminate(account.instance));
  REQUIRE_FALSE(ended);
  CHECK(ended.error().kind == Errc::service_unavailable);
  CHECK(ended.error().certainty == unknown);
}

}  // namespace tally::sfcompute_errors_test
