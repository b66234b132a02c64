// What every registered provider must keep whose accounts can do more than list.
#include <catch2/catch.hpp>
#include <functional>
#include <set>

#include "providers/rest/create_attributes.hpp"
#include "runtime/base64.hpp"
#include "tests/providers/recorded_account.hpp"

namespace tally::abilities_test {
using namespace tally::fakes;

namespace {

/// A call that changes something; nothing when the account has not got the ability.
struct Change {
  std::string name;
  std::function<std::optional<Result<>>(RecordedAccount& account)> make;
};

template <class T>
Result<> without_value(const Result<T>& result) {
  if (!result) return tl::unexpected(result.error());
  return {};
}

/// `call(ability)` answers a Task.
template <class Ability, class Call>
Change change(std::string name, Ability* (Account::*accessor)(), Call call) {
  return {std::move(name), [accessor, call](RecordedAccount& account) -> std::optional<Result<>> {
            Ability* ability = (account.operator->()->*accessor)();
            if (ability == nullptr) return std::nullopt;
            return without_value(account.run(call(*ability, account)));
          }};
}

FirewallRules web() {
  FirewallRules rules;
  rules.ingress = {{"", 80, 80, {"10.0.0.0/8"}}};
  return rules;
}

/// Those that are about one instance.
std::vector<Change> changes_of_an_instance() {
  TagChanges tags;
  tags["team"] = "ml";
  return {
      change("terminate", &Account::terminates, [](auto& can, auto& on) { return can.terminate(on.instance); }),
      change("stop", &Account::stops_starts, [](auto& can, auto& on) { return can.stop(on.instance); }),
      change("start", &Account::stops_starts, [](auto& can, auto& on) { return can.start(on.instance); }),
      change("reboot", &Account::reboots, [](auto& can, auto& on) { return can.reboot(on.instance); }),
      change("resize", &Account::resizes_volumes,
             [](auto& can, auto& on) {
               VolumeResize larger;
               larger.size = Bytes(std::int64_t{1} << 40U);
               return can.resize_volume(on.instance, larger);
             }),
      change("tags", &Account::updates_tags,
             [tags](auto& can, auto& on) { return can.update_tags(on.instance, tags); }),
      change("change type", &Account::changes_type,
             [](auto& can, auto& on) { return can.change_type(on.instance, on.another_type); }),
      change("add rules", &Account::modifies_firewall,
             [](auto& can, auto& on) { return can.add_firewall_rules(on.instance, web()); }),
      change("revoke rules", &Account::modifies_firewall,
             [](auto& can, auto& on) {
               return can.revoke_firewall_rules(on.instance, std::vector<std::string>(1, on.rule));
             }),
  };
}

std::vector<Change> all_changes() {
  std::vector<Change> all = changes_of_an_instance();
  all.push_back(change("create", &Account::creates, [](auto& can, auto& on) { return can.create(on.order); }));
  return all;
}

/// Each attribute, and a request that asks for it.
std::vector<std::pair<std::string_view, std::function<void(CreateRequest&)>>> attribute_setters() {
  return {
      {attributes::sub_location, [](auto& order) { order.sub_location = "zone-b"; }},
      {attributes::spot, [](auto& order) { order.is_spot = true; }},
      {attributes::image, [](auto& order) { order.image_id = "image-7"; }},
      {attributes::disk_size, [](auto& order) { order.disk_size = Bytes(std::int64_t{1} << 40U); }},
      {attributes::additional_disks, [](auto& order) { order.additional_disks = {Disk()}; }},
      {attributes::multi_attach_volume, [](auto& order) { order.uses_multi_attach_volume = true; }},
      {attributes::vpc, [](auto& order) { order.vpc_id = "vpc-7"; }},
      {attributes::subnet, [](auto& order) { order.subnet_id = "subnet-7"; }},
      {attributes::persistent_ip, [](auto& order) { order.uses_persistent_ip = true; }},
      {attributes::firewall, [](auto& order) { order.firewall = web(); }},
      {attributes::key_pair, [](auto& order) { order.key_pair_name = "pair-7"; }},
      {attributes::user_data, [](auto& order) { order.user_data_base64 = "IyEvYmluL3NoCg=="; }},
      {attributes::environment, [](auto& order) { order.environment["KEY"] = "value"; }},
      {attributes::tags, [](auto& order) { order.tags["team"] = "ml"; }},
      {attributes::retire_in, [](auto& order) { order.retire_in = std::chrono::hours(8); }},
  };
}

/// What is in a body behind base64, such as user data.
std::string unwrapped(const std::string& body) {
  boost::system::error_code failure;
  const boost::json::value json = boost::json::parse(body, failure);
  std::string all;
  if (failure || !json.is_object()) return all;
  for (const auto& member : json.as_object()) {
    if (!member.value().is_string()) continue;
    if (const auto bytes = from_base64(member.value().as_string())) all += *bytes + "\n";
  }
  return all;
}

std::string everything_sent(RecordedAccount& account) {
  std::string all;
  for (const auto& call : account.http.sent) {
    all += call.method + " " + call.url + " " + call.body + "\n" + unwrapped(call.body);
  }
  return all;
}

}  // namespace

TEST_CASE("no attribute of a create is forgotten by those who list them", "[providers]") {
  CreateRequest all;
  std::set<std::string_view> names;
  for (const auto& [name, set] : attribute_setters()) {
    set(all);
    CHECK(names.insert(name).second);
  }
  const std::vector<std::string_view> asked = attributes_of(all);
  CHECK(std::set<std::string_view>(asked.begin(), asked.end()) == names);
  CHECK(attributes_of(CreateRequest()).empty());
}

TEST_CASE("each attribute of a create is sent to the vendor, or refused by its name before any call", "[providers]") {
  for (const Provider* provider : providers()) {
    RecordedAccount plain(*provider);
    if (plain->creates() == nullptr) continue;
    REQUIRE(plain.run(plain->creates()->create(plain.order)));
    for (const auto& [name, set] : attribute_setters()) {
      INFO(provider->description.name << " " << name);
      RecordedAccount account(*provider);
      set(account.order);
      const auto created = account.run(account->creates()->create(account.order));
      if (created || created.error().kind != Errc::not_implemented) {
        CHECK(everything_sent(account) != everything_sent(plain));
        continue;
      }
      CHECK(account.http.sent.empty());
      CHECK_THAT(created.error().message, Catch::Contains(std::string(name)));
      CHECK(created.error().certainty == Certainty::nothing_happened);
    }
  }
}

TEST_CASE("a create sends the key, and the token or the RefID", "[providers]") {
  for (const Provider* provider : providers()) {
    INFO(provider->description.name);
    RecordedAccount account(*provider);
    if (account->creates() == nullptr) continue;
    REQUIRE(account.run(account->creates()->create(account.order)));
    const std::string sent = everything_sent(account);
    CHECK_THAT(sent, Catch::Contains(account.key_as_sent));
    CHECK_THAT(sent, Catch::Contains(account.order.ref_id.str()));
    CHECK_THAT(sent, Catch::Contains(account.type_as_sent));
  }
}

TEST_CASE("of a change that failed, every provider says how sure it is that nothing happened", "[providers]") {
  struct Case {
    int status;
    std::string body;
    Errc kind;
    Certainty certainty;
  };
  const std::vector<Case> cases = {{401, "", Errc::auth, Certainty::nothing_happened},
                                   {403, "", Errc::forbidden, Certainty::nothing_happened},
                                   {429, "", Errc::rate_limited, Certainty::nothing_happened},
                                   {404, "", Errc::service_unavailable, Certainty::unknown},
                                   {404, "<html>", Errc::service_unavailable, Certainty::unknown},
                                   {500, "", Errc::service_unavailable, Certainty::unknown},
                                   {502, "<html>", Errc::service_unavailable, Certainty::unknown}};
  for (const Provider* provider : providers()) {
    for (const Change& change : all_changes()) {
      for (const Case& each : cases) {
        INFO(provider->description.name << " " << change.name << " " << each.status << " " << each.body);
        RecordedAccount account(*provider);
        Response answer;
        answer.status = each.status;
        answer.body = each.body;
        account.http.answer_changes(answer);
        const auto outcome = change.make(account);
        if (!outcome) continue;
        REQUIRE_FALSE(*outcome);
        const Error& error = outcome->error();
        CHECK(error.kind == each.kind);
        CHECK(error.certainty == each.certainty);
        CHECK(error.made.empty());
        CHECK(error.provider == provider->description.provider_id);
        CHECK_FALSE(error.operation.empty());
        CHECK(to_text(error).find("canary") == std::string::npos);
      }
    }
  }
}

TEST_CASE("what may have been done before is not denied by a later refusal", "[providers]") {
  for (const Provider* provider : providers()) {
    for (const Change& change : all_changes()) {
      INFO(provider->description.name << " " << change.name);
      RecordedAccount account(*provider);
      Response answer;
      answer.status = 403;
      answer.may_be_done = true;
      account.http.answer_changes(answer);
      const auto outcome = change.make(account);
      if (!outcome) continue;
      REQUIRE_FALSE(*outcome);
      CHECK(outcome->error().certainty == Certainty::unknown);
    }
  }
}

TEST_CASE("a change whose answer is lost is not known to have failed", "[providers]") {
  for (const Provider* provider : providers()) {
    for (const Change& change : all_changes()) {
      INFO(provider->description.name << " " << change.name);
      RecordedAccount account(*provider);
      Error lost;
      lost.kind = Errc::service_unavailable;
      account.http.answer_changes(tl::unexpected(lost));
      const auto outcome = change.make(account);
      if (!outcome) continue;
      REQUIRE_FALSE(*outcome);
      CHECK(outcome->error().certainty == Certainty::unknown);
      CHECK(outcome->error().kind == Errc::service_unavailable);
    }
  }
}

TEST_CASE("where a provider is asked location by location, no change is tried in none or in an unknown one",
          "[providers]") {
  for (const Provider* provider : providers()) {
    if (provider->description.api_type == ApiType::global) continue;
    for (const Change& change : changes_of_an_instance()) {
      for (const std::string& place : {std::string(), std::string("nowhere-9")}) {
        INFO(provider->description.name << " " << change.name << " in " << place);
        RecordedAccount account(*provider);
        account.instance.location = place;
        Response refusal;
        refusal.status = 404;
        refusal.body = account.wrong_place;
        account.http.answer_changes(refusal);
        const auto outcome = change.make(account);
        if (!outcome) continue;
        REQUIRE_FALSE(*outcome);
        CHECK(outcome->error().kind == Errc::invalid_request);
        CHECK(outcome->error().certainty == Certainty::nothing_happened);
        if (place.empty()) CHECK(account.http.sent.empty());
      }
    }
  }
}

TEST_CASE("whose an instance is reads the same in a list and by itself", "[providers]") {
  for (const Provider* provider : providers()) {
    INFO(provider->description.name);
    RecordedAccount account(*provider);
    const auto list = account.run(account->instances(account.scope));
    const auto one = account.run(account->instance(account.instance));
    REQUIRE(list);
    REQUIRE(one);
    const auto listed = std::find_if(list->rows.begin(), list->rows.end(), [&](const Row<Instance>& row) {
      return row->cloud_id == account.instance.cloud_id;
    });
    REQUIRE(listed != list->rows.end());
    CHECK((*listed)->ref_id == one->ref_id);
    CHECK((*listed)->cloud_cred_ref_id == one->cloud_cred_ref_id);
    CHECK((*listed)->tags == one->tags);
    if (account->creates() == nullptr) continue;
    const auto created = account.run(account->creates()->create(account.order));
    REQUIRE(created);
    CHECK(created->instance.cloud_id == one->cloud_id);
    CHECK(created->instance.ref_id == one->ref_id);
    CHECK(created->instance.cloud_cred_ref_id == one->cloud_cred_ref_id);
    if (one->ref_id == account.order.ref_id) CHECK(one->cloud_cred_ref_id == CredentialRef("contract"));
    const auto& status = created->instance.status;
    CHECK((status == LifecycleStatus::pending || status == LifecycleStatus::running));
  }
}

}  // namespace tally::abilities_test
