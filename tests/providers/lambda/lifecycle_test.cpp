// What is done to machines at Lambda, over real HTTP against the simulated cloud.
#include <algorithm>
#include <boost/json/array.hpp>
#include <catch2/catch.hpp>
#include <stdexcept>

#include "providers/lambda/launch.hpp"
#include "providers/lambda/mapping.hpp"
#include "tests/fakes/memory_cache.hpp"
#include "tests/net/client_world.hpp"
#include "tests/providers/recorded_account.hpp"
#include "tests/simcloud/cloud_site.hpp"

namespace tally::lambda_lifecycle_test {
using namespace tally::fakes;

namespace {

class Site {
 public:
  Site() {
    Credential credential;
    credential.ref = CredentialRef("cred-1");
    credential.fields.emplace("api_key", Secret(simcloud::Options().api_key));
    credential.endpoint = cloud.endpoint();
    const Provider& provider = *find_provider("lambda");
    const Redactor redactor(credential.fields, provider.description);
    account = provider.open(AccountContext{credential, *net.client, net.budget, net.clock, net.rng, cache_,
                                           net.context.get_executor(), redactor});
    cloud.stock("gpu_1x_a10", "us-east-1");
  }

  Result<Created> create(CreateRequest request) { return run(account->creates()->create(std::move(request))); }
  /// One that runs.
  InstanceRef machine(CreateRequest request) {
    const Result<Created> made = create(std::move(request));
    if (!made) throw std::runtime_error(to_text(made.error()));
    cloud.step(3);
    return {made->instance.cloud_id, "us-east-1"};
  }
  InstanceRef machine() { return machine(order()); }
  static CreateRequest order() {
    CreateRequest request;
    request.ref_id = RefId("ref-1");
    request.token = "0123456789abcdef0123456789abcdef";
    request.type = "gpu_1x_a10";
    request.location = "us-east-1";
    request.public_key = "ssh-ed25519 AAAA me";
    return request;
  }
  FirewallRules web() {
    FirewallRules rules;
    rules.ingress = {{"", 80, 80, {"10.1.2.3/8"}}};
    return rules;
  }
  std::size_t machines() {
    std::size_t count = 0;
    const boost::json::value state = cloud.truth();
    for (const boost::json::value& row : state.at("instances").as_array()) {
      const auto& status = row.at("status").as_string();
      if (row.at("is_ordered").as_bool() && status != "terminating" && status != "terminated") ++count;
    }
    return count;
  }
  std::size_t keys() { return cloud.get("/ssh-keys").body.at("data").as_array().size(); }
  std::size_t rulesets() { return cloud.get("/firewall-rulesets").body.at("data").as_array().size(); }
  template <class T>
  Result<T> run(Task<T> task) {
    return run_task(net.context, std::move(task));
  }
  Result<> terminate(const InstanceRef& instance) { return run(account->terminates()->terminate(instance)); }
  Result<> reboot(const InstanceRef& instance) { return run(account->reboots()->reboot(instance)); }
  std::optional<LifecycleStatus> status(const InstanceRef& instance) {
    return run(account->instance(instance)).value().status;
  }
  void lose_answer(const std::string& operation) {
    cloud.control("fault", {{"kind", "reset"}, {"operation", operation}, {"done", true}});
  }
  std::int64_t asked(const char* operation) { return cloud.operations().at(operation).as_int64(); }
  std::vector<std::string> rule_ids(const InstanceRef& instance) {
    const Result<FirewallRules> rules = run(account->modifies_firewall()->firewall_rules(instance));
    if (!rules) throw std::runtime_error(to_text(rules.error()));
    std::vector<std::string> ids;
    for (const FirewallRule& rule : rules->ingress) ids.push_back(rule.id);
    return ids;
  }

  CloudSite cloud{"lambda"};
  World net;
  std::unique_ptr<Account> account;

 private:
  MemoryCache cache_;
};

}  // namespace

TEST_CASE("a machine made at Lambda is read back as it was asked for", "[providers]") {
  Site site;
  CreateRequest request = Site::order();
  request.name = "My box";
  request.tags = {{"team", "ML"}};
  const Result<Created> made = site.create(request);
  REQUIRE(made);
  REQUIRE(made->made.size() == 1);
  CHECK(made->made[0].kind == HandleKind::key);
  CHECK(made->made[0].name == "ref-1");
  site.cloud.step(3);
  const Result<Instance> one = site.run(site.account->instance({made->instance.cloud_id, ""}));
  REQUIRE(one);
  CHECK(one->status == LifecycleStatus::running);
  CHECK(one->ref_id == RefId("ref-1"));
  CHECK(one->cloud_cred_ref_id == CredentialRef("cred-1"));
  CHECK(one->created_at);
  CHECK(one->type == "gpu_1x_a10");
  CHECK(one->location == "us-east-1");
  CHECK(one->tags.at("team") == "ML");
  CHECK(one->tags.at("name") == "My box");
  const auto listed = site.run(site.account->instances({}));
  REQUIRE(listed);
  const auto row = std::find_if(listed->rows.begin(), listed->rows.end(),
                                [&](const Row<Instance>& each) { return each->cloud_id == one->cloud_id; });
  REQUIRE(row != listed->rows.end());
  CHECK(**row == *one);
}

TEST_CASE("the same create at Lambda answers the same machine, also when the launch's answer is lost", "[providers]") {
  Site site;
  site.lose_answer("launch");
  const Result<Created> made = site.create(Site::order());
  REQUIRE(made);
  CHECK(made->made.size() == 1);
  const Result<Created> again = site.create(Site::order());
  REQUIRE(again);
  CHECK(again->instance.cloud_id == made->instance.cloud_id);
  CHECK(site.machines() == 1);
  CHECK(site.asked("launch") == 1);
  CreateRequest another = Site::order();
  another.type = "gpu_8x_h100_sxm5";
  const Result<Created> refused = site.create(another);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == Errc::conflict);
}

TEST_CASE("a machine at Lambda that nobody can read and that has the RefID in it keeps another from being launched",
          "[providers]") {
  Site site;
  const std::string ours = "cred-1--2026-09-01-00-00-00Z-00";
  const auto [name, key, may_be_it] = GENERATE_COPY(table<std::string, std::string, bool>({
      {"ref-1", "", true},
      {"ref-2", "", false},
      {ours, R"("ref-1")", true},
      {ours, R"("ref-2")", false},
      {"box", R"("ref-1")", true},
      {"box", R"("ref-2")", false},
  }));
  CAPTURE(name, key);
  const std::string keys = key.empty() ? "" : R"(,"ssh_key_names":[)" + key + "]";
  const std::string row = R"({"id":"odd-1","status":17,"name":")" + name + "\"" + keys + "}";
  site.cloud.control(
      "fault",
      {{"kind", "status"}, {"operation", "list-instances"}, {"status", 200}, {"body", R"({"data":[)" + row + "]}"}});
  const Result<Created> made = site.create(Site::order());
  REQUIRE(made.has_value() != may_be_it);
  CHECK(site.machines() == (may_be_it ? 0 : 1));
  if (made) return;
  CHECK(made.error().kind == Errc::service_unavailable);
  CHECK(made.error().certainty == Certainty::nothing_happened);
  CHECK(site.keys() == 0);
}

TEST_CASE("a create that Lambda refuses leaves neither key nor ruleset", "[providers]") {
  Site site;
  CreateRequest request = Site::order();
  request.firewall = site.web();
  Errc kind = Errc::internal;
  SECTION("out of stock") {
    site.cloud.control("fault", {{"kind", "out_of_stock"}, {"operation", "launch"}});
    kind = Errc::insufficient_resources;
  }
  SECTION("out of quota") {
    site.cloud.control("fault", {{"kind", "out_of_quota"}, {"operation", "launch"}});
    kind = Errc::out_of_quota;
  }
  SECTION("a region that does not exist, which only the field's own error says") {
    site.cloud.control("fault", {{"kind", "status"},
                                 {"operation", "launch"},
                                 {"status", 400},
                                 {"body", read_file("lambda/recorded/errors/400_invalid_parameters_region.json")}});
    kind = Errc::insufficient_resources;
  }
  SECTION("no such image") {
    request.image_id = "nothing";
    kind = Errc::image_not_found;
  }
  SECTION("the ruleset is refused") {
    site.cloud.control("fault", {{"kind", "status"},
                                 {"operation", "add-ruleset"},
                                 {"status", 400},
                                 {"body", R"({"error":{"code":"global/invalid-parameters","message":"no"}})"}});
    kind = Errc::invalid_request;
  }
  const Result<Created> refused = site.create(request);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == kind);
  CHECK(refused.error().certainty == Certainty::nothing_happened);
  CHECK(site.machines() == 0);
  CHECK(site.keys() == 0);
  CHECK(site.rulesets() == 0);
}

TEST_CASE("a create at Lambda whose key or ruleset answer is lost goes on with what was made", "[providers]") {
  Site site;
  CreateRequest request = Site::order();
  request.firewall = site.web();
  site.lose_answer(GENERATE("add-key", "add-ruleset"));
  const Result<Created> made = site.create(request);
  REQUIRE(made);
  CHECK(made->made.size() == 2);
  CHECK(site.keys() == 1);
  CHECK(site.rulesets() == 1);
  for (const Handle& handle : made->made) {
    const Result<> in_use = site.run(site.account->creates()->remove(handle, "us-east-1"));
    REQUIRE_FALSE(in_use);
    CHECK(in_use.error().kind == Errc::conflict);
  }
  REQUIRE(site.terminate({made->instance.cloud_id, ""}));
  site.cloud.step(4);
  for (const Handle& handle : made->made) {
    CHECK(site.run(site.account->creates()->remove(handle, "us-east-1")));
    CHECK(site.run(site.account->creates()->remove(handle, "us-east-1")));
  }
  CHECK(site.keys() == 0);
  CHECK(site.rulesets() == 0);
}

TEST_CASE("a launch at Lambda whose answer is lost and that made nothing says what is left", "[providers]") {
  Site site;
  site.cloud.control("fault", {{"kind", "reset"}, {"operation", "launch"}});
  const Result<Created> lost = site.create(Site::order());
  REQUIRE_FALSE(lost);
  CHECK(lost.error().certainty == Certainty::partly);
  REQUIRE(lost.error().made.size() == 1);
  CHECK(lost.error().made[0].name == "ref-1");
}

TEST_CASE("a key of the RefID's name is used when it is the same and refused when it is another", "[providers]") {
  Site site;
  const bool is_same = GENERATE(true, false);
  site.cloud.post("/ssh-keys",
                  {{"name", "ref-1"}, {"public_key", is_same ? "ssh-ed25519 AAAA you" : "ssh-ed25519 AAAB me"}});
  const Result<Created> made = site.create(Site::order());
  REQUIRE(made.has_value() == is_same);
  if (is_same) CHECK(made->made.empty());
  if (!is_same) CHECK(made.error().kind == Errc::invalid_request);
  CHECK(site.keys() == 1);
}

TEST_CASE("what Lambda cannot honour is refused by its name, before anything is asked", "[providers]") {
  Site site;
  CreateRequest request = Site::order();
  std::string parameter;
  Errc kind = Errc::not_implemented;
  SECTION("egress") {
    request.firewall.egress = {{"", 80, 80, {}}};
    parameter = "`firewall_rules.egress`";
  }
  SECTION("IPv6") {
    request.firewall.ingress = {{"", 80, 80, {"2001:db8::/32"}}};
    parameter = "`firewall_rules.ingress`";
  }
  SECTION("key pair") {
    request.key_pair_name = "mine";
    parameter = "`key_pair_name`";
  }
  SECTION("a tag's key") {
    request.tags = {{"Team", "a"}};
    parameter = "`tags.Team`";
    kind = Errc::invalid_request;
  }
  SECTION("our own tag") {
    request.tags = {{"ref-id", "a"}};
    parameter = "`tags.ref-id`";
    kind = Errc::invalid_request;
  }
  const Result<Created> refused = site.create(request);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == kind);
  CHECK(refused.error().message.find(parameter) != std::string::npos);
  CHECK(refused.error().certainty == Certainty::nothing_happened);
  CHECK(site.cloud.operations().as_object().empty());
}

TEST_CASE("rules of a Lambda instance's own ruleset are added and revoked, and SSH stays open", "[providers]") {
  Site site;
  CreateRequest request = Site::order();
  request.firewall = site.web();
  const InstanceRef instance = site.machine(request);
  const std::string ssh = "ingress:tcp:22-22:0.0.0.0/0";
  const std::vector<std::string> web = {ssh, "ingress:tcp:80-80:10.0.0.0/8", "ingress:udp:80-80:10.0.0.0/8"};
  CHECK(site.rule_ids(instance) == web);

  FirewallRules more = site.web();
  more.ingress.push_back({"", 8000, 8010, {}});
  const auto added = site.run(site.account->modifies_firewall()->add_firewall_rules(instance, more));
  REQUIRE(added);
  CHECK(added->ingress.size() == 5);
  const auto twice = site.run(site.account->modifies_firewall()->add_firewall_rules(instance, more));
  REQUIRE_FALSE(twice);
  CHECK(twice.error().kind == Errc::duplicate_firewall_rule);

  CHECK(site.run(site.account->modifies_firewall()->revoke_firewall_rules(instance, web)));
  CHECK(site.rule_ids(instance) ==
        std::vector<std::string>{ssh, "ingress:tcp:8000-8010:0.0.0.0/0", "ingress:udp:8000-8010:0.0.0.0/0"});
}

TEST_CASE("a Lambda instance that was made without rules has none that could be changed", "[providers]") {
  Site site;
  const InstanceRef instance = site.machine();
  const auto rules = site.run(site.account->modifies_firewall()->firewall_rules(instance));
  REQUIRE_FALSE(rules);
  CHECK(rules.error().kind == Errc::not_implemented);
}

TEST_CASE("a machine in the region without rulesets has its firewall in user data", "[providers]") {
  CreateRequest request = Site::order();
  request.location = "us-south-1";
  request.firewall.ingress = {{"", 80, 80, {}}};
  const Result<lambda::Launch> launch = lambda::launch_of(request);
  REQUIRE(launch);
  CHECK(launch->rules.empty());
  CHECK(launch->user_data.starts_with("#!"));
}

TEST_CASE("a Lambda instance is terminated, once or again, whatever answer is lost", "[providers]") {
  Site site;
  const InstanceRef instance = site.machine();
  site.lose_answer("terminate");
  CHECK(site.terminate(instance));
  CHECK(site.asked("terminate") == 2);
  CHECK(site.status(instance) == LifecycleStatus::terminating);
  site.cloud.step(4);
  CHECK(site.terminate(instance));
  CHECK(site.terminate({CloudId("0123456789abcdef"), ""}));
}

TEST_CASE("a Lambda instance is restarted, and never twice", "[providers]") {
  Site site;
  const InstanceRef instance = site.machine();
  CHECK(site.reboot(instance));
  site.lose_answer("restart");
  const Result<> lost = site.reboot(instance);
  REQUIRE_FALSE(lost);
  CHECK(lost.error().certainty == Certainty::unknown);
  CHECK(site.asked("restart") == 2);
  REQUIRE(site.terminate(instance));
  const Result<> refused = site.reboot(instance);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == Errc::conflict);
  CHECK(refused.error().certainty == Certainty::nothing_happened);
  const Result<> gone = site.reboot({CloudId("0123456789abcdef"), ""});
  REQUIRE_FALSE(gone);
  CHECK(gone.error().kind == Errc::instance_not_found);
}

TEST_CASE("an operation that Lambda did to fewer machines than asked for has not been done", "[providers]") {
  const auto read = [](const std::string& data) {
    return lambda::read_operation("{\"data\":" + data + "}", "terminated_instances", CloudId("a"), WorkLimit());
  };
  CHECK(read(R"({"terminated_instances":[{"id":"b"},{"id":"a"}]})"));
  for (const char* data : {"[]", "{}", R"({"terminated_instances":[]})", R"({"terminated_instances":[{"id":"b"}]})"}) {
    CAPTURE(data);
    CHECK_FALSE(read(data));
  }
}

TEST_CASE("Lambda's images are listed, each in its region", "[providers]") {
  Site site;
  const auto all = site.run(site.account->lists_images()->list_images({}, {}));
  REQUIRE(all);
  const auto here = site.run(site.account->lists_images()->list_images({"us-east-1"}, {}));
  REQUIRE(here);
  CHECK(here->rows.size() == 4);
  CHECK(all->rows.size() > here->rows.size());
  CHECK(here->rows[0]->location == "us-east-1");
  CHECK(here->rows[0]->created_at);
}

}  // namespace tally::lambda_lifecycle_test
