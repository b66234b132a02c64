#include <catch2/catch.hpp>

#include "syncers/diff.hpp"
#include "tests/fakes/rows.hpp"
#include "tests/syncers/changes.hpp"

using namespace tally;
using namespace tally::fakes;
using namespace std::chrono_literals;

namespace {

/// An account's types on a clock that moves a minute a poll.
struct Types {
  std::shared_ptr<const KnownTypes> known = std::make_shared<const KnownTypes>();
  Timestamp now{1h};
  TypeRules rules;

  Types() { rules.credential = CredentialRef("cred"); }

  ChangeSet poll(const Listing<InstanceType>& seen) {
    Diff<KnownTypes> diff = diff_types(known, seen, rules, now);
    known = diff.next;
    rules.previous_success = now;
    now += 1min;
    return diff.changes;
  }
  const KnownType& at(const std::string& id) const { return known->rows.at(InstanceTypeId(id)); }
};

Listing<InstanceType> mass(int count) {
  Listing<InstanceType> listing;
  for (int i = 0; i < count; ++i) listing.items.push_back(row(make_type("east", "t" + std::to_string(i))));
  return listing;
}

Rejected unreadable(std::string id) { return {std::move(id), "vcpus is not a number", R"({"vcpus":"many"})"}; }

}  // namespace

TEST_CASE("a new type is added with its price and availability", "[syncers]") {
  Types types;
  const ChangeSet changes = types.poll(listing(make_type("east", "a100")));
  CHECK(kinds(changes) == Kinds{"type_added east-noSub-a100"});
  CHECK(changes.types.size() == 1);
  REQUIRE(changes.prices.size() == 1);
  CHECK(changes.prices[0].amount == Money::from_cents(199));
  REQUIRE(changes.availability.size() == 1);
  CHECK(changes.availability[0].is_available == true);
}

TEST_CASE("an answer that changes nothing writes nothing and keeps what is known", "[syncers]") {
  Types types;
  types.poll(listing(make_type("east", "a100"), make_type("west", "a100")));
  const auto before = types.known;
  CHECK(types.poll(listing(make_type("west", "a100"), make_type("east", "a100"))).empty());
  CHECK(types.known == before);
}

TEST_CASE("a changed price is one event and opens a history interval", "[syncers]") {
  Types types;
  types.poll(listing(make_type("east", "a100", 199)));
  const ChangeSet changes = types.poll(listing(make_type("east", "a100", 149)));
  CHECK(kinds(changes) == Kinds{"type_changed east-noSub-a100 price_nanos 1990000000>1490000000"});
  REQUIRE(changes.prices.size() == 1);
  CHECK(changes.prices[0].amount == Money::from_cents(149));
  CHECK(changes.availability.empty());
}

TEST_CASE("a type absent from a complete answer becomes unlisted, not deleted", "[syncers]") {
  Types types;
  types.poll(listing(make_type("east", "a100"), make_type("east", "h100")));
  const ChangeSet changes = types.poll(listing(make_type("east", "a100")));
  CHECK(kinds(changes) == Kinds{"type_unlisted east-noSub-h100 is_listed 1>0",
                                "type_changed east-noSub-h100 is_available 1>0",
                                "type_changed east-noSub-h100 availability_reason ->unlisted"});
  CHECK_FALSE(types.at("east-noSub-h100").is_listed);
  CHECK(types.at("east-noSub-h100").seen_at == Timestamp(1h));
  CHECK(types.poll(listing(make_type("east", "a100"))).empty());
}

TEST_CASE("a returning type is relisted under its ID", "[syncers]") {
  Types types;
  types.poll(listing(make_type("east", "a100"), make_type("east", "h100")));
  types.poll(listing(make_type("east", "a100")));
  const ChangeSet changes = types.poll(listing(make_type("east", "a100"), make_type("east", "h100")));
  CHECK(kinds(changes) == Kinds{"type_relisted east-noSub-h100 is_listed 0>1",
                                "type_changed east-noSub-h100 is_available 0>1",
                                "type_changed east-noSub-h100 availability_reason unlisted>-"});
  CHECK(types.at("east-noSub-h100").is_listed);
}

TEST_CASE("a malformed row of a known type leaves its old values, stale, and is reported once", "[syncers]") {
  Types types;
  types.poll(listing(make_type("east", "a100"), make_type("east", "h100")));
  Listing<InstanceType> bad = listing(make_type("east", "a100"));
  bad.rejected.push_back(unreadable("east-noSub-h100"));
  const ChangeSet changes = types.poll(bad);
  CHECK(kinds(changes) == Kinds{"row_rejected east-noSub-h100"});
  CHECK(changes.events[0].detail == "vcpus is not a number: {\"vcpus\":\"many\"}");
  CHECK(types.at("east-noSub-h100").is_listed);
  CHECK_FALSE(types.at("east-noSub-h100").is_confirmed);
  CHECK(types.at("east-noSub-h100").seen_at == Timestamp(1h));
  CHECK(types.poll(bad).empty());
  CHECK(kinds(types.poll(listing(make_type("east", "a100"), make_type("east", "h100")))) ==
        Kinds{"problem_ended east-noSub-h100"});
  CHECK(types.at("east-noSub-h100").is_confirmed);
}

TEST_CASE("a malformed row without an ID unlists nothing, while the rest is applied", "[syncers]") {
  Types types;
  types.poll(listing(make_type("east", "a100"), make_type("east", "h100")));
  Listing<InstanceType> bad = listing(make_type("east", "b200"));
  bad.rejected.push_back(unreadable(""));
  const ChangeSet changes = types.poll(bad);
  CHECK(kinds(changes) == Kinds{"type_added east-noSub-b200", "row_rejected "});
  CHECK(types.at("east-noSub-a100").is_listed);
  CHECK_FALSE(types.at("east-noSub-a100").is_confirmed);
  CHECK(types.poll(bad).empty());
}

TEST_CASE("identical rows under one ID are one row", "[syncers]") {
  Types types;
  CHECK(kinds(types.poll(listing(make_type("east", "a100"), make_type("east", "a100")))) ==
        Kinds{"type_added east-noSub-a100"});
}

TEST_CASE("different rows under one ID: a new ID takes none, a known one keeps its values", "[syncers]") {
  Types types;
  const auto twice = listing(make_type("east", "a100", 199), make_type("east", "a100", 249));
  CHECK(kinds(types.poll(twice)) == Kinds{"duplicate_id east-noSub-a100"});
  CHECK(types.known->rows.empty());
  CHECK(kinds(types.poll(listing(make_type("east", "a100", 199)))) ==
        Kinds{"type_added east-noSub-a100", "problem_ended east-noSub-a100"});
  CHECK(kinds(types.poll(twice)) == Kinds{"duplicate_id east-noSub-a100"});
  CHECK(find_price(*types.at("east-noSub-a100").row, UsageClass::on_demand)->amount == Money::from_cents(199));
  CHECK_FALSE(types.at("east-noSub-a100").is_confirmed);
  CHECK(types.at("east-noSub-a100").is_listed);
}

TEST_CASE("an ID that means something else now is refused and reported", "[syncers]") {
  Types types;
  InstanceType type = make_type("east", "a100");
  type.id = InstanceTypeId("fixed");
  types.poll(listing(type));
  type.location = "west";
  CHECK(kinds(types.poll(listing(type))) == Kinds{"id_changed fixed"});
  CHECK(types.at("fixed").row->location == "east");
}

TEST_CASE("a sub-location that is not the first available zone is refused", "[syncers]") {
  Types types;
  InstanceType type = make_type("east", "a100");
  type.sub_location = "east-b";
  type.available_azs = {"east-a", "east-b"};
  CHECK(kinds(types.poll(listing(type))) == Kinds{"az_mismatch east-noSub-a100"});
  CHECK(types.known->rows.empty());
}

TEST_CASE("a price that nobody can mean is NULL with one event, and the row stays", "[syncers]") {
  Types types;
  types.poll(listing(make_type("east", "a100", 199)));
  const std::int64_t cents = GENERATE(0LL, 1'000'000'000LL);
  const ChangeSet changes = types.poll(listing(make_type("east", "a100", cents)));
  CHECK(kinds(changes) ==
        Kinds{"type_changed east-noSub-a100 price_nanos 1990000000>-", "price_suspect east-noSub-a100"});
  CHECK(types.poll(listing(make_type("east", "a100", cents))).empty());
  CHECK(kinds(types.poll(listing(make_type("east", "a100", 199)))) ==
        Kinds{"type_changed east-noSub-a100 price_nanos ->1990000000", "problem_ended east-noSub-a100"});
}

TEST_CASE("an impossible number costs its row", "[syncers]") {
  Types types;
  InstanceType type = make_type("east", "a100");
  type.vcpu = -1;
  CHECK(kinds(types.poll(listing(type, make_type("east", "h100")))) ==
        Kinds{"type_added east-noSub-h100", "row_rejected east-noSub-a100"});
}

TEST_CASE("an unknown GPU is reported once for all its types", "[syncers]") {
  Types types;
  InstanceType one = make_type("east", "x1");
  one.gpus[0].name = "WARP CORE";
  InstanceType two = make_type("west", "x1");
  two.gpus[0].name = "WARP CORE";
  CHECK(kinds(types.poll(listing(one, two))) ==
        Kinds{"type_added east-noSub-x1", "type_added west-noSub-x1", "unknown_gpu cred"});
  CHECK(types.poll(listing(one, two)).empty());
}

TEST_CASE("an answer that leaves out more than half of a location is believed at the third time", "[syncers]") {
  Types types;
  types.poll(mass(8));
  CHECK(kinds(types.poll(mass(3))) == Kinds{"mass_change_held east"});
  CHECK(types.at("east-noSub-t7").is_listed);
  CHECK_FALSE(types.at("east-noSub-t7").is_confirmed);
  const ChangeSet held = types.poll(mass(3));
  CHECK(held.events.empty());
  CHECK(held.held_passes == std::map<std::string, int>{{"east", 2}});
  const ChangeSet applied = types.poll(mass(3));
  CHECK(applied.events.front().kind == "mass_change_applied");
  CHECK(applied.held_passes == std::map<std::string, int>());
  CHECK_FALSE(types.at("east-noSub-t7").is_listed);
  CHECK(types.poll(mass(3)).empty());
}

TEST_CASE("rows that come back before the third time were never unlisted", "[syncers]") {
  Types types;
  types.poll(mass(8));
  types.poll(mass(3));
  types.poll(mass(3));
  CHECK(kinds(types.poll(mass(8))) == Kinds{"problem_ended east"});
  CHECK(types.at("east-noSub-t7").is_confirmed);
  CHECK(kinds(types.poll(mass(3))) == Kinds{"mass_change_held east"});
}

TEST_CASE("half of a location, or fewer than six rows, are no mass", "[syncers]") {
  Types types;
  types.poll(mass(8));
  types.poll(mass(4));
  CHECK_FALSE(types.at("east-noSub-t7").is_listed);
  types.poll(Listing<InstanceType>{});
  CHECK_FALSE(types.at("east-noSub-t0").is_listed);
}

TEST_CASE("an absence in one listing touches no other listing's rows", "[syncers]") {
  Types types;
  types.rules.listing.location = "east";
  types.poll(listing(make_type("east", "a100")));
  types.rules.listing.location = "west";
  CHECK(kinds(types.poll(listing(make_type("west", "a100")))) == Kinds{"type_added west-noSub-a100"});
  CHECK(types.at("east-noSub-a100").is_listed);
}

TEST_CASE("a designated ID that is not on offer is a problem until it is", "[syncers]") {
  Types types;
  types.poll(listing(make_type("east", "a100")));
  const std::vector<InstanceTypeId> ids = {InstanceTypeId("east-noSub-a100"), InstanceTypeId("east-noSub-h100")};
  Diff<KnownTypes> diff = check_stable_ids(types.known, ids, types.now);
  CHECK(kinds(diff.changes) == Kinds{"id_missing east-noSub-h100"});
  types.known = diff.next;
  CHECK(check_stable_ids(types.known, ids, types.now).changes.empty());
  types.poll(listing(make_type("east", "a100"), make_type("east", "h100")));
  CHECK(kinds(check_stable_ids(types.known, ids, types.now).changes) == Kinds{"problem_ended east-noSub-h100"});
}
