// Creates and terminates at the imaginary vendor, over real HTTP.
#include <catch2/catch.hpp>

#include "tests/providers/template/site.hpp"

namespace tally::template_create_test {
using namespace tally::fakes;

TEST_CASE("a create makes a machine that says whose it is, in a list and by itself", "[providers]") {
  TemplateSite site;
  CreateRequest order = TemplateSite::order();
  order.tags["team"] = "ml";
  order.is_spot = true;
  order.image_id = "5d1a7c40-2404-4e11-8a01-000000000002";
  order.disk_size = Bytes((std::int64_t{1'000} << 30U) + 1);
  order.firewall.ingress = {{"", 80, 81, {"10.0.0.0/8", "192.0.2.0/24"}}};
  order.firewall.egress = {{"", 443, 443, {"0.0.0.0/0"}}};
  const auto created = site.create(order);
  REQUIRE(created);
  CHECK(created->made.empty());
  const Instance& made = created->instance;
  CHECK(made.status == LifecycleStatus::pending);
  CHECK(made.name == "train");
  CHECK(made.ref_id == RefId("job-7"));
  CHECK(made.cloud_cred_ref_id == CredentialRef("cred-1"));
  CHECK(made.tags == order.tags);  // those that say whose it is are none of its owner's
  CHECK(made.location == east);
  CHECK(made.type == order.type);
  CHECK(made.is_spot);
  CHECK(made.image_id == order.image_id);
  CHECK(made.disk_size == Bytes(std::int64_t{1'001} << 30U));  // never smaller than asked for

  const InstanceRef instance(made.cloud_id, east);
  CHECK(site.show(instance) == made);
  const auto list = site.run(site.account->instances({east}));
  REQUIRE(list);
  CHECK(std::any_of(list->rows.begin(), list->rows.end(), [&](const auto& row) { return *row == made; }));
  const auto rules = site.run(site.account->modifies_firewall()->firewall_rules(instance));
  REQUIRE(rules);
  CHECK(rules->ingress.size() == 2);
  REQUIRE(rules->egress.size() == 1);
  CHECK(rules->egress[0].ip_ranges == std::vector<std::string>{"0.0.0.0/0"});
}

TEST_CASE("a machine without a wish for a name is called by its RefID", "[providers]") {
  TemplateSite site;
  CreateRequest order = TemplateSite::order();
  order.name.clear();
  CHECK(site.create(order)->instance.name == "job-7");
}

TEST_CASE("one token makes one machine, for the identical call only", "[providers]") {
  TemplateSite site;
  const auto first = site.create(TemplateSite::order());
  const auto again = site.create(TemplateSite::order());
  REQUIRE(again);
  CHECK(again->instance.cloud_id == first->instance.cloud_id);
  CHECK(site.cloud.ordered() == 1);

  CreateRequest other = TemplateSite::order();
  other.name = "other";
  const auto reused = site.create(other);
  REQUIRE_FALSE(reused);
  CHECK(reused.error().kind == Errc::conflict);
  other.token = "token-2";
  CHECK(site.create(other));
  CHECK(site.cloud.ordered() == 2);
}

TEST_CASE("a create whose answer is lost is asked again by its token, and makes one machine", "[providers]") {
  TemplateSite site;
  site.lose_answers("launch");
  const auto created = site.create(TemplateSite::order());
  REQUIRE(created);
  CHECK(site.asked("launch") == 2);
  CHECK(site.cloud.ordered() == 1);
}

TEST_CASE("a create whose every answer is lost is unknown, and found by its token later", "[providers]") {
  TemplateSite site;
  site.lose_answers("launch", 3);
  const auto lost = site.create(TemplateSite::order());
  REQUIRE_FALSE(lost);
  CHECK(lost.error().certainty == Certainty::unknown);
  CHECK(lost.error().kind == Errc::service_unavailable);
  CHECK(site.cloud.ordered() == 1);
  CHECK(site.create(TemplateSite::order()));
  CHECK(site.cloud.ordered() == 1);
}

TEST_CASE("a create that the vendor refuses leaves nothing, and says what it was refused for", "[providers]") {
  struct Case {
    const char* what;
    std::function<void(TemplateSite& site, CreateRequest& order)> prepare;
    Errc kind;
    const char* code;
  };
  const std::vector<Case> cases = {
      {"type", [](auto&, auto& order) { order.type = "none"; }, Errc::invalid_request, "invalid_request"},
      {"image", [](auto&, auto& order) { order.image_id = "none"; }, Errc::image_not_found, "image_not_found"},
      {"region", [](auto&, auto& order) { order.location = "nowhere"; }, Errc::invalid_request, "region_not_found"},
      {"rule", [](auto&, auto& order) { order.firewall.ingress = {{"", 0, 0, {"10.0.0.0/8"}}}; }, Errc::invalid_request,
       "invalid_request"},
      {"stock",
       [](auto& site, auto&) {
         site.cloud.control("stock", {{"type", "gpu_1x_a10"}, {"region", east}, {"available", false}});
       },
       Errc::insufficient_resources, "out_of_stock"},
      {"quota", [](auto& site, auto&) { site.cloud.control("quota", {{"gpus", 0}}); }, Errc::out_of_quota,
       "quota_exceeded"},
  };
  for (const Case& each : cases) {
    CAPTURE(each.what);
    TemplateSite site;
    CreateRequest order = TemplateSite::order();
    each.prepare(site, order);
    const auto refused = site.create(order);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == each.kind);
    CHECK(refused.error().code == each.code);
    CHECK(refused.error().certainty == Certainty::nothing_happened);
    CHECK(site.asked("launch") == 1);  // the vendor's own word is not asked for again
    CHECK(site.cloud.ordered() == 0);
  }
}

TEST_CASE("a key that is not accepted makes nothing", "[providers]") {
  TemplateSite site("another-key");
  const auto refused = site.create(TemplateSite::order());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == Errc::auth);
  CHECK(refused.error().certainty == Certainty::nothing_happened);
}

TEST_CASE("a create that lacks something, or would say it is another's, is refused before any call", "[providers]") {
  TemplateSite site;
  const std::vector<std::pair<const char*, std::function<void(CreateRequest&)>>> faults = {
      {"ref_id", [](auto& order) { order.ref_id = RefId(); }},
      {"token", [](auto& order) { order.token.clear(); }},
      {"type", [](auto& order) { order.type.clear(); }},
      {"location", [](auto& order) { order.location.clear(); }},
      {"public_key", [](auto& order) { order.public_key.clear(); }},
      {"tags.tallyd-ref-id", [](auto& order) { order.tags["tallyd-ref-id"] = "x"; }}};
  for (const auto& [name, spoil] : faults) {
    CAPTURE(name);
    CreateRequest order = TemplateSite::order();
    spoil(order);
    const auto refused = site.create(order);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == Errc::invalid_request);
    CHECK_THAT(refused.error().message, Catch::Contains(name));
  }
  CHECK(site.asked("launch") == 0);
}

TEST_CASE("what a create made beside its machine is nothing here", "[providers]") {
  TemplateSite site;
  const auto refused = site.run(site.account->creates()->remove({HandleKind::key, "k", ""}, east));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == Errc::not_implemented);
  CHECK(refused.error().certainty == Certainty::nothing_happened);
}

TEST_CASE("a machine that is terminated is gone, and to terminate it again is no error", "[providers]") {
  TemplateSite site;
  const InstanceRef instance = site.machine();
  site.lose_answers("terminate");
  CHECK(site.run(site.account->terminates()->terminate(instance)));
  CHECK(site.show(instance).status == LifecycleStatus::terminating);
  CHECK(site.run(site.account->terminates()->terminate(instance)));
  site.cloud.step(4);
  CHECK(site.run(site.account->terminates()->terminate(instance)));
  const auto gone = site.run(site.account->instance(instance));
  REQUIRE_FALSE(gone);
  CHECK(gone.error().kind == Errc::instance_not_found);
}

TEST_CASE("where an instance is not, it is not said to have ended anywhere else", "[providers]") {
  TemplateSite site;
  const InstanceRef instance = site.machine();
  for (const char* place : {"", "nowhere-9"}) {
    CAPTURE(place);
    const InstanceRef elsewhere(instance.cloud_id, place);
    for (const auto& answer : {site.run(site.account->terminates()->terminate(elsewhere)),
                               site.run(site.account->instance(elsewhere)).map([](const Instance&) {})}) {
      REQUIRE_FALSE(answer);
      CHECK(answer.error().kind == Errc::invalid_request);
    }
  }
  const auto in_west = site.run(site.account->instances({west}));
  REQUIRE(in_west);
  CHECK(std::none_of(in_west->rows.begin(), in_west->rows.end(),
                     [&](const auto& row) { return row->cloud_id == instance.cloud_id; }));
  CHECK(site.run(site.account->instance({instance.cloud_id, west})).error().kind == Errc::instance_not_found);
  CHECK(site.show(instance).status == LifecycleStatus::running);
  CHECK(site.cloud.ordered() == 1);
}

}  // namespace tally::template_create_test
