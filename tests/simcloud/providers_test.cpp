// Every provider's real account against the face that speaks its API, over real sockets: what it lists, makes and ends,
// and what comes of it when things go wrong.
#include <catch2/catch.hpp>

#include "tests/simcloud/provider_site.hpp"

namespace tally::providers_at_faces_test {
using namespace tally::fakes;

namespace {

std::vector<std::string> everybody() {
  std::vector<std::string> names;
  for (const simcloud::Face* face : simcloud::faces()) names.emplace_back(face->provider);
  return names;
}

/// What may be left of a machine's parts once it has ended is removed as the journal does it.
void remove(ProviderSite& site, const std::vector<Handle>& made, const std::string& location) {
  for (auto part = made.rbegin(); part != made.rend(); ++part) {
    CHECK(site.run(site.account->creates()->remove(*part, location)));
  }
}

bool is_over(const std::optional<Instance>& machine) {
  return !machine || machine->status == LifecycleStatus::terminated || machine->status == LifecycleStatus::terminating;
}

}  // namespace

TEST_CASE("what a provider lists at its face is whole", "[simcloud]") {
  const std::string name = GENERATE(from_range(everybody()));
  CAPTURE(name);
  ProviderSite site(name);
  site.cloud.step(4);
  const auto types = site.types();
  REQUIRE(types);
  CHECK(types->rejected.empty());
  CHECK(types->odd.empty());
  CHECK(types->rows.size() >= 8);
  for (const Row<InstanceType>& type : types->rows) {
    CHECK_FALSE(type->gpus.empty());
    CHECK(type->vcpu.value_or(0) > 0);
    CHECK(type->memory);
  }
  const auto instances = site.instances();
  REQUIRE(instances);
  CHECK(instances->rejected.empty());
  CHECK(instances->odd.empty());
  const auto locations = site.run(site.account->locations());
  REQUIRE(locations);
  CHECK(locations->rows.size() >= 4);
}

TEST_CASE("the world's own machines are told by who made them, at each face", "[simcloud]") {
  const std::string name = GENERATE(from_range(everybody()));
  CAPTURE(name);
  ProviderSite site(name);
  site.cloud.step(6);
  const auto instances = site.instances();
  REQUIRE(instances);
  const auto is_of_demo = [](const Row<Instance>& machine) {
    return machine->cloud_cred_ref_id == CredentialRef("demo") && !machine->ref_id.empty();
  };
  CHECK(std::any_of(instances->rows.begin(), instances->rows.end(), is_of_demo));
}

TEST_CASE("a machine is made at each face, read back as it was asked for, and ended with all that was made for it",
          "[simcloud]") {
  const std::string name = GENERATE(from_range(everybody()));
  CAPTURE(name);
  ProviderSite site(name);
  const CreateRequest order = site.order();
  const auto created = site.create(order);
  if (!created) FAIL(to_text(created.error()));
  CHECK(site.cloud.ordered() == 1);
  site.cloud.step(4);
  const auto listed = site.find("ref-1");
  REQUIRE(listed);
  CHECK(listed->cloud_id == created->instance.cloud_id);
  CHECK(listed->cloud_cred_ref_id == CredentialRef("cred-1"));
  CHECK(listed->status == LifecycleStatus::running);
  CHECK(listed->type == order.type);
  CHECK(listed->location == order.location);
  CHECK_FALSE((listed->public_dns + listed->public_ip).empty());
  const auto shown = site.run(site.account->instance({listed->cloud_id, listed->location}));
  REQUIRE(shown);
  CHECK(shown->ref_id == listed->ref_id);
  CHECK(shown->status == listed->status);

  const auto again = site.create(order);
  REQUIRE(again);
  CHECK(again->instance.cloud_id == listed->cloud_id);
  CHECK(site.cloud.ordered() == 1);

  CHECK(site.terminate(*listed));
  CHECK(site.terminate(*listed));
  remove(site, created->made, order.location);
  site.cloud.step(4);
  CHECK(is_over(site.find("ref-1")));
  CHECK(site.cloud.ordered() == 0);
  for (const char* parts : {"keys", "scripts", "firewalls"}) CHECK(site.left(parts) == 0);
  CHECK(site.terminate(*listed));
}

TEST_CASE("a create whose answer is lost is the machine that it made, at each face", "[simcloud]") {
  const std::string name = GENERATE(from_range(everybody()));
  CAPTURE(name);
  ProviderSite site(name);
  const CreateRequest order = site.order();
  site.fault({{"kind", "reset"}, {"operation", "launch"}, {"done", true}});
  const auto created = site.create(order);
  CHECK(site.cloud.ordered() == 1);
  if (created) return;
  CHECK(created.error().certainty != Certainty::nothing_happened);
  const auto again = site.create(order);
  REQUIRE(again);
  CHECK(site.cloud.ordered() == 1);
}

TEST_CASE("what a face has no machines or no quota for says so, and leaves nothing behind", "[simcloud]") {
  const std::string name = GENERATE(from_range(everybody()));
  const auto [fault, kind] = GENERATE(
      table<std::string, Errc>({{"out_of_stock", Errc::insufficient_resources}, {"out_of_quota", Errc::out_of_quota}}));
  CAPTURE(name, fault);
  ProviderSite site(name);
  const CreateRequest order = site.order();
  site.fault({{"kind", fault}, {"operation", "launch"}});
  const auto created = site.create(order);
  REQUIRE_FALSE(created);
  CAPTURE(to_text(created.error()));
  CHECK(created.error().kind == kind);
  CHECK(created.error().made.empty());
  CHECK(site.cloud.ordered() == 0);
  for (const char* parts : {"keys", "scripts", "firewalls"}) CHECK(site.left(parts) == 0);
}

TEST_CASE("a launch that fails later is a machine that failed, at each face", "[simcloud]") {
  const std::string name = GENERATE(from_range(everybody()));
  CAPTURE(name);
  ProviderSite site(name);
  const CreateRequest order = site.order();
  site.fault({{"kind", "fails_later"}, {"operation", "launch"}});
  REQUIRE(site.create(order));
  site.cloud.step();
  const auto machine = site.find("ref-1");
  REQUIRE(machine);
  CAPTURE(machine->provider_status, machine->status_message);
  // Lambda has no word for it.
  if (name != "lambda") CHECK(machine->status == LifecycleStatus::failed);
}

TEST_CASE("a machine that is unseen for a while is found later, at each face", "[simcloud]") {
  const std::string name = GENERATE(from_range(everybody()));
  CAPTURE(name);
  ProviderSite site(name);
  const CreateRequest order = site.order();
  site.fault({{"kind", "unseen"}, {"operation", "launch"}, {"steps", 2}});
  const auto created = site.create(order);
  CHECK_FALSE(site.find("ref-1"));
  if (site.cloud.ordered() == 0) return;  // it could not be seen, and was ended
  site.cloud.step(2);
  CHECK(site.find("ref-1"));
}

TEST_CASE("an error before the effect, and one after it, leave at most one machine at each face", "[simcloud]") {
  const std::string name = GENERATE(from_range(everybody()));
  const bool is_done = GENERATE(true, false);
  CAPTURE(name, is_done);
  ProviderSite site(name);
  const CreateRequest order = site.order();
  site.fault({{"kind", "status"}, {"status", 500}, {"operation", "launch"}, {"done", is_done}});
  const auto created = site.create(order);
  if (is_done) CHECK(site.cloud.ordered() == 1);
  REQUIRE(site.create(order));
  CHECK(site.cloud.ordered() == 1);
}

TEST_CASE("who is told to come later hears when, at each face", "[simcloud]") {
  const std::string name = GENERATE(from_range(everybody()));
  CAPTURE(name);
  ProviderSite site(name);
  const CreateRequest order = site.order();
  site.fault({{"kind", "rate_limit"}, {"operation", "launch"}, {"retry_after", "7"}, {"count", -1}});
  const auto created = site.create(order);
  REQUIRE_FALSE(created);
  CHECK(created.error().kind == Errc::rate_limited);
  CHECK(site.cloud.ordered() == 0);
}

TEST_CASE("a terminate that takes long is told as such, at each face that has a word for it", "[simcloud]") {
  const std::string name = GENERATE(from_range(everybody()));
  CAPTURE(name);
  ProviderSite site(name);
  REQUIRE(site.create(site.order()));
  site.cloud.step(4);
  const auto machine = site.find("ref-1");
  REQUIRE(machine);
  site.fault({{"kind", "slow_terminate"}, {"operation", "terminate"}, {"steps", 20}});
  CHECK(site.terminate(*machine));
  site.cloud.step(10);
  const auto later = site.find("ref-1");
  CHECK(is_over(later));
  site.cloud.step(20);
  CHECK(is_over(site.find("ref-1")));
}

TEST_CASE("a key that is refused is an error of the credential, at each face", "[simcloud]") {
  const std::string name = GENERATE(from_range(everybody()));
  CAPTURE(name);
  ProviderSite site(name);
  site.fault({{"kind", "unauthorized"}, {"count", -1}});
  const auto instances = site.instances();
  REQUIRE_FALSE(instances);
  CHECK(instances.error().kind == Errc::auth);
}

}  // namespace tally::providers_at_faces_test
