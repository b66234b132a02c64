#include <catch2/catch.hpp>

#include "syncers/diff.hpp"
#include "tests/fakes/rows.hpp"
#include "tests/syncers/changes.hpp"

using namespace tally;
using namespace tally::fakes;
using namespace std::chrono_literals;

namespace {

/// An account's instances on a clock that moves five seconds a poll; all are old unless a test says otherwise.
struct Instances {
  std::shared_ptr<const KnownInstances> known = std::make_shared<const KnownInstances>();
  Timestamp now{1h};
  InstanceRules rules;

  ChangeSet poll(const Listing<Instance>& seen, const Witnesses& witnesses = {}) {
    Diff<KnownInstances> diff = diff_instances(known, seen, witnesses, rules, now);
    known = diff.next;
    rules.previous_success = now;
    now += 5s;
    return diff.changes;
  }
  std::vector<CloudId> to_ask(const Listing<Instance>& seen) const {
    return first_absences(*known, seen, rules, now, 10);
  }
  const KnownInstance& at(const std::string& id) const { return known->rows.at(CloudId(id)); }
};

Witnesses says(const std::string& id, Result<Row<Instance>> answer) {
  Witnesses witnesses;
  witnesses.emplace(CloudId(id), std::move(answer));
  return witnesses;
}

tl::unexpected<Error> error(Errc kind) {
  Error failure;
  failure.kind = kind;
  return tl::unexpected(std::move(failure));
}

Listing<Instance> fleet(int count) {
  Listing<Instance> listing;
  for (int i = 0; i < count; ++i) listing.items.push_back(row(make_instance("i" + std::to_string(i))));
  return listing;
}

std::shared_ptr<const KnownTypes> catalog_of(const InstanceType& type) {
  auto types = std::make_shared<KnownTypes>();
  KnownType known;
  known.row = row(type);
  types->rows.emplace(type.id, known);
  return types;
}

}  // namespace

TEST_CASE("a new instance is added with its tracked fields", "[syncers]") {
  Instances instances;
  const ChangeSet changes = instances.poll(listing(make_instance("a")));
  CHECK(kinds(changes) == Kinds{"instance_added a"});
  CHECK(changes.events[0].detail->find(R"("status":"running")") != std::string::npos);
  REQUIRE(changes.statuses.size() == 1);
  CHECK(instances.poll(listing(make_instance("a"))).empty());
}

TEST_CASE("a transition is recorded once", "[syncers]") {
  Instances instances;
  instances.poll(listing(make_instance("a", "east", "a100", LifecycleStatus::pending)));
  const ChangeSet changes = instances.poll(listing(make_instance("a")));
  CHECK(kinds(changes) == Kinds{"instance_changed a status pending>running"});
  CHECK(instances.at("a").status_since == Timestamp(1h + 5s));
  CHECK(instances.poll(listing(make_instance("a"))).empty());
}

TEST_CASE("an instance that the provider reports as terminated is ended", "[syncers]") {
  Instances instances;
  instances.poll(listing(make_instance("a")));
  const auto ended = listing(make_instance("a", "east", "a100", LifecycleStatus::terminated));
  CHECK(kinds(instances.poll(ended)) == Kinds{"instance_ended a status running>terminated"});
  CHECK(instances.at("a").ended_at);
  CHECK(instances.poll(ended).empty());
  CHECK(instances.poll({}).empty());
}

TEST_CASE("an ended instance is known until it is absent a day later", "[syncers]") {
  Instances instances;
  instances.poll(listing(make_instance("a")));
  const auto ended = listing(make_instance("a", "east", "a100", LifecycleStatus::terminated));
  instances.poll(ended);
  instances.now += 23h;
  CHECK(instances.poll({}).empty());
  instances.now += 48h;
  CHECK(instances.poll(ended).empty());
  Listing<Instance> doubtful;
  doubtful.rejected.push_back({"", "no ID", "{}"});
  CHECK(instances.poll(doubtful).instances.empty());
  REQUIRE(instances.known->rows.size() == 1);

  const ChangeSet forgotten = instances.poll({});
  CHECK(kinds(forgotten) == Kinds{"problem_ended "});
  REQUIRE(forgotten.instances.size() == 1);
  CHECK_FALSE(forgotten.instances.at(0).is_confirmed);
  CHECK(forgotten.instances.at(0).ended_at);
  CHECK(instances.known->rows.empty());
  CHECK(instances.poll({}).empty());
}

TEST_CASE("an absent instance that is not found by ID is ended at once", "[syncers]") {
  Instances instances;
  instances.poll(listing(make_instance("a")));
  CHECK(instances.to_ask({}) == std::vector<CloudId>{CloudId("a")});
  const ChangeSet changes = instances.poll({}, says("a", error(Errc::instance_not_found)));
  CHECK(kinds(changes) == Kinds{"instance_ended a status running>terminated"});
  CHECK(instances.at("a").seen_at == Timestamp(1h));
}

TEST_CASE("an absent instance that the provider still knows by ID takes that state", "[syncers]") {
  Instances instances;
  instances.poll(listing(make_instance("a")));
  const Row<Instance> answer = row(make_instance("a", "east", "a100", LifecycleStatus::terminating));
  CHECK(kinds(instances.poll({}, says("a", answer))) == Kinds{"instance_changed a status running>terminating"});
  CHECK(instances.at("a").is_confirmed);
  CHECK(instances.to_ask({}).size() == 1);
}

TEST_CASE("an error decides nothing: a second complete absence does", "[syncers]") {
  Instances instances;
  instances.poll(listing(make_instance("a")));
  const Errc kind = GENERATE(Errc::service_unavailable, Errc::resource_not_found, Errc::rate_limited, Errc::auth);
  CHECK(instances.poll({}, says("a", error(kind))).events.empty());
  CHECK_FALSE(instances.at("a").is_confirmed);
  CHECK(instances.to_ask({}).empty());
  CHECK(kinds(instances.poll({})) == Kinds{"instance_ended a status running>terminated"});
}

TEST_CASE("an instance that returns after one absence was never gone", "[syncers]") {
  Instances instances;
  instances.poll(listing(make_instance("a")));
  instances.poll({});
  CHECK(instances.poll(listing(make_instance("a"))).events.empty());
  CHECK(instances.at("a").is_confirmed);
  CHECK(instances.poll({}).events.empty());
  CHECK_FALSE(instances.at("a").ended_at);
}

TEST_CASE("a young instance may be missing", "[syncers]") {
  Instances instances;
  instances.rules.grace = 60s;
  instances.poll(listing(make_instance("a")));
  for (int i = 0; i < 11; ++i) {
    CHECK(instances.to_ask({}).empty());
    CHECK(instances.poll({}).events.empty());
  }
  CHECK(instances.to_ask({}).size() == 1);
  instances.poll({});
  CHECK(kinds(instances.poll({})) == Kinds{"instance_ended a status running>terminated"});
}

TEST_CASE("at most the given number of absent instances is asked for, the oldest first", "[syncers]") {
  Instances instances;
  instances.poll(fleet(14));
  Listing<Instance> seen = fleet(14);
  seen.items.resize(8);
  CHECK(instances.to_ask(seen).size() == 6);
  CHECK(first_absences(*instances.known, seen, instances.rules, instances.now, 2).size() == 2);
}

TEST_CASE("nobody dies of a malformed row or a duplicate, however often it comes", "[syncers]") {
  Instances instances;
  instances.poll(fleet(3));
  Listing<Instance> bad = fleet(3);
  bad.items.erase(bad.items.begin());
  bad.rejected.push_back({"i0", "status is not a string", "{}"});
  bad.items.push_back(row(make_instance("i1", "west")));
  CHECK(kinds(instances.poll(bad)) == Kinds{"duplicate_id i1", "row_rejected i0"});
  for (int i = 0; i < 3; ++i) {
    CHECK(instances.to_ask(bad).empty());
    CHECK(instances.poll(bad).empty());
  }
  for (const char* id : {"i0", "i1", "i2"}) CHECK_FALSE(instances.at(id).ended_at);
  CHECK_FALSE(instances.at("i0").is_confirmed);
  CHECK(instances.at("i2").is_confirmed);
  CHECK(kinds(instances.poll(fleet(3))) == Kinds{"problem_ended i1", "problem_ended i0"});
}

TEST_CASE("a malformed row without an ID ends nobody", "[syncers]") {
  Instances instances;
  instances.poll(fleet(2));
  Listing<Instance> bad;
  bad.rejected.push_back({"", "no id", "{}"});
  for (int i = 0; i < 4; ++i) {
    CHECK(instances.to_ask(bad).empty());
    instances.poll(bad);
  }
  CHECK_FALSE(instances.at("i0").ended_at);
}

TEST_CASE("an answer that leaves out more than half of the instances is believed at the third time", "[syncers]") {
  Instances instances;
  instances.poll(fleet(8));
  CHECK(instances.to_ask({}).empty());
  CHECK(kinds(instances.poll({})) == Kinds{"mass_change_held east"});
  const ChangeSet held = instances.poll({});
  CHECK(held.events.empty());
  CHECK(held.held_passes == std::map<std::string, int>{{"east", 2}});
  const ChangeSet applied = instances.poll({});
  CHECK(applied.events.size() == 9);
  CHECK(applied.events.front().kind == "mass_change_applied");
  CHECK(instances.at("i0").ended_at);
}

TEST_CASE("the breaker holds absences only, never states that the provider reports", "[syncers]") {
  Instances instances;
  instances.poll(fleet(8));
  Listing<Instance> ended;
  for (int i = 0; i < 8; ++i) {
    ended.items.push_back(row(make_instance("i" + std::to_string(i), "east", "a100", LifecycleStatus::terminated)));
  }
  CHECK(instances.poll(ended).events.size() == 8);
  CHECK(instances.at("i7").ended_at);
}

TEST_CASE("an unknown status keeps the old state, pending when new, and is reported once", "[syncers]") {
  Instances instances;
  Instance odd = make_instance("a");
  odd.status.reset();
  odd.provider_status = "hibernating";
  instances.poll(listing(make_instance("a")));
  CHECK(kinds(instances.poll(listing(odd))) ==
        Kinds{"instance_changed a provider_status running>hibernating", "unknown_status a"});
  CHECK(instances.at("a").status == LifecycleStatus::running);
  CHECK(instances.poll(listing(odd)).empty());
  CHECK(kinds(instances.poll(listing(make_instance("a")))) ==
        Kinds{"instance_changed a provider_status hibernating>running", "problem_ended a"});

  Instance unborn = odd;
  unborn.cloud_id = CloudId("b");
  instances.poll(listing(make_instance("a"), unborn));
  CHECK(instances.at("b").status == LifecycleStatus::pending);
}

TEST_CASE("an identity field that changes is reported and keeps its first value", "[syncers]") {
  Instances instances;
  instances.poll(listing(make_instance("a")));
  Instance moved = make_instance("a", "west");
  moved.instance_type_id = instances.at("a").row->instance_type_id;
  CHECK(kinds(instances.poll(listing(moved))) == Kinds{"id_changed a"});
  CHECK(instances.at("a").row->location == "east");
  CHECK(instances.poll(listing(moved)).empty());
}

TEST_CASE("a field that the provider forgets keeps its value; one that it first states now is taken", "[syncers]") {
  Instances instances;
  Instance first = make_instance("a");
  first.image_id = "";
  instances.poll(listing(first));
  Instance second = make_instance("a");
  second.name = "";
  second.image_id = "ubuntu";
  CHECK(kinds(instances.poll(listing(second))) == Kinds{"instance_changed a image_id ->ubuntu"});
  CHECK(instances.at("a").row->name == "vm-a");
}

TEST_CASE("the price is frozen when first seen, from the type when the provider does not state it", "[syncers]") {
  Instances instances;
  Instance plain = make_instance("a");
  plain.price.reset();
  instances.poll(listing(plain));
  CHECK_FALSE(instances.at("a").row->price);
  instances.rules.types = catalog_of(make_type("east", "a100", 250));
  CHECK(kinds(instances.poll(listing(plain))) == Kinds{"instance_changed a price_nanos ->2500000000"});
  instances.rules.types = catalog_of(make_type("east", "a100", 300));
  CHECK(instances.poll(listing(plain)).empty());
  CHECK(instances.at("a").row->price == Money::from_cents(250));
}

TEST_CASE("an instance whose type is not in the catalog is reported, unless types were never listed", "[syncers]") {
  Instances instances;
  instances.poll(listing(make_instance("a", "east", "b200")));
  instances.rules.types = catalog_of(make_type("east", "a100"));
  CHECK(kinds(instances.poll(listing(make_instance("a", "east", "b200")))) == Kinds{"unknown_type_id a"});
  CHECK(instances.poll({}).events.empty());
  CHECK(kinds(instances.poll({})) == Kinds{"instance_ended a status running>terminated", "problem_ended a"});
}
