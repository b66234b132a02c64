// The views that add things up.
#include <catch2/catch.hpp>

#include "tests/store/catalog_world.hpp"

using namespace tally;
using namespace tally::store_tests;

namespace {

InstanceType priced(const std::string& location, std::int64_t nanos, bool is_available = true) {
  InstanceType type = make_type(location, "h100");
  type.prices.at(0).amount = Money{nanos, {}};
  type.is_available = is_available;
  if (!is_available) type.availability_reason = AvailabilityReason::capacity;
  return type;
}

Instance machine(const std::string& id, LifecycleStatus status, std::int64_t nanos) {
  Instance instance = full_instance();
  instance.cloud_id = CloudId(id);
  instance.status = status;
  instance.price = Money{nanos, {}};
  instance.created_at = now() - 10h;
  instance.tags = {{"team", "vision"}};
  return instance;
}

}  // namespace

TEST_CASE("best_offers holds the cheapest that can be launched and is not stale", "[store]") {
  World world;
  for (const InstanceType& type : {priced("a", 300), priced("b", 200), priced("c", 100, false), priced("d", 200)}) {
    world.catalog.apply(cred, addition(type, now()), state(types_listing, now()));
  }
  CHECK(world.integer("SELECT count(*) FROM best_offers") == 1);
  CHECK(world.one("SELECT location FROM best_offers") == SqlValue("b"));
  CHECK(world.integer("SELECT price_nanos FROM best_offers") == 200);
  world.catalog.record({{cred, state(types_listing, now() - 1h)}});
  CHECK(world.integer("SELECT count(*) FROM best_offers") == 0);
}

TEST_CASE("a machine that two credentials of a tenant see burns once, for the one that made it", "[store]") {
  World world;
  CredentialRecord first = record();
  CredentialRecord other = record();
  other.ref = CredentialRef("another");
  world.catalog.set_credentials({other, first}, now());
  for (const CredentialRef& seen_by : {other.ref, cred}) {
    world.catalog.apply(seen_by, addition(machine("i-1", LifecycleStatus::running, 2'000'000'000), now()),
                        state(instances_listing, now()));
    world.catalog.apply(seen_by, addition(machine("i-2", LifecycleStatus::stopped, 1'000'000'000), now()),
                        state(instances_listing, now()));
  }
  CHECK(world.integer("SELECT instances FROM burns WHERE scope = 'tenant' AND name = 'fake-1'") == 1);
  CHECK(world.integer("SELECT price_nanos FROM burns WHERE scope = 'tenant'") == 2'000'000'000);
  CHECK(world.one("SELECT name FROM burns WHERE scope = 'credential'") == SqlValue("cred"));
  CHECK(world.integer("SELECT instances FROM burns WHERE scope = 'tag' AND name = 'team=vision'") == 1);
  const double cost = std::get<double>(world.one("SELECT cost_to_date FROM burns WHERE scope = 'tenant'"));
  CHECK(cost == Approx(20.0).epsilon(0.001));
  CHECK(world.integer("SELECT count(*) FROM running_instances") == 2);
  CHECK(std::get<double>(world.one("SELECT hours FROM running_instances")) == Approx(10.0).epsilon(0.001));
}

TEST_CASE("orphans name each reason for which nobody answers for a machine", "[store]") {
  World world;
  world.catalog.apply(cred, addition(priced("a", 1), now()), state(types_listing, now()));
  Instance known = machine("known", LifecycleStatus::running, 1);
  known.instance_type_id = priced("a", 1).id;
  Instance stranger = known;
  stranger.cloud_id = CloudId("stranger");
  stranger.ref_id = RefId();
  stranger.cloud_cred_ref_id = CredentialRef();
  Instance lost = known;
  lost.cloud_id = CloudId("lost");
  lost.cloud_cred_ref_id = CredentialRef("gone");
  Instance odd = known;
  odd.cloud_id = CloudId("odd");
  odd.instance_type_id = InstanceTypeId("nowhere");
  for (const Instance& instance : {known, stranger, lost, odd}) {
    world.catalog.apply(cred, addition(instance, now()), state(instances_listing, now()));
  }
  const auto rows = Reader(world.file).query("SELECT cloud_id, reason FROM orphans ORDER BY cloud_id").rows;
  REQUIRE(rows.size() == 3);
  CHECK(rows[0] == std::vector<SqlValue>{"lost", "unknown_credential"});
  CHECK(rows[1] == std::vector<SqlValue>{"odd", "unknown_type"});
  CHECK(rows[2] == std::vector<SqlValue>{"stranger", "no_ref_id"});
}
