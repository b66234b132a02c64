#include <algorithm>
#include <catch2/catch.hpp>

#include "syncers/diff/diff.hpp"
#include "tally/next_known.hpp"
#include "tests/fakes/money.hpp"
#include "tests/fakes/rows.hpp"
#include "tests/syncers/diff/changes.hpp"

namespace tally::diff_diff_types_test {
using namespace tally::fakes;
using namespace std::chrono_literals;

namespace {

/// An account's types on a clock that moves a minute a poll.
struct Types {
  std::shared_ptr<const KnownTypes> known = std::make_shared<const KnownTypes>();
  Timestamp now{1h};
  TypeRules rules;

  Types() { rules.credential = CredentialRef("cred"); }

  ChangeSet poll(const Answer<InstanceType>& seen) {
    Diff<KnownTypes> diff = diff_types(known, seen, rules, now).value();
    known = diff.next;
    rules.previous_success = now;
    now += 1min;
    return diff.changes;
  }
  const KnownType& at(const std::string& id) const { return *known->find(InstanceTypeId(id)); }
};

Answer<InstanceType> mass(int count) {
  Answer<InstanceType> listing;
  for (int i = 0; i < count; ++i) listing.rows.push_back(row(make_type("east", "t" + std::to_string(i))));
  return listing;
}

/// Three types in each of eight regions, of which an answer has the first few.
Answer<InstanceType> spread(int count) {
  Answer<InstanceType> listing;
  for (int i = 0; i < count; ++i) {
    listing.rows.push_back(row(make_type("region-" + std::to_string(i % 8), "t" + std::to_string(i))));
  }
  return listing;
}

std::size_t listed(const KnownTypes& known) { return known.size() - known.gone(); }

Rejected unreadable(std::string id) { return {std::move(id), "vcpus is not a number", R"({"vcpus":"many"})"}; }

}  // namespace

TEST_CASE("memory holds a type once: as the object that the provider's answer has", "[syncers]") {
  Types types;
  auto seen = listing(make_type("east", "a100"));
  types.poll(seen);
  CHECK(types.at("east-noSub-a100").row == seen.rows[0]);

  seen = listing(make_type("east", "a100"));  // read anew, as after a start
  CHECK(types.poll(seen).empty());
  CHECK(types.at("east-noSub-a100").row == seen.rows[0]);
  const auto known = types.known;
  CHECK(types.poll(seen).empty());
  CHECK(types.known == known);

  seen = listing(make_type("east", "a100", 0));  // a price that is not believed: the row is not the vendor's object
  types.poll(seen);
  const auto cleaned = types.known;
  CHECK(types.poll(seen).empty());
  CHECK(types.known == cleaned);
}

TEST_CASE("a new type is added with its price and availability", "[syncers]") {
  Types types;
  const ChangeSet changes = types.poll(listing(make_type("east", "a100")));
  CHECK(kinds(changes) == Kinds{"type_added east-noSub-a100"});
  CHECK(changes.types.size() == 1);
  REQUIRE(changes.prices.size() == 1);
  CHECK(changes.prices[0].amount == fakes::cents(199));
  REQUIRE(changes.availability.size() == 1);
  CHECK(changes.availability[0].is_available == true);
}

TEST_CASE("an answer that changes nothing writes nothing and keeps what is known", "[syncers]") {
  Types types;
  auto seen = listing(make_type("east", "a100"), make_type("west", "a100"));
  types.poll(seen);
  const auto before = types.known;
  std::reverse(seen.rows.begin(), seen.rows.end());
  CHECK(types.poll(seen).empty());
  CHECK(types.known == before);
}

TEST_CASE("a changed price is one event and opens a history interval", "[syncers]") {
  Types types;
  types.poll(listing(make_type("east", "a100", 199)));
  const ChangeSet changes = types.poll(listing(make_type("east", "a100", 149)));
  CHECK(kinds(changes) == Kinds{"type_changed east-noSub-a100 price_nanos 1990000000>1490000000"});
  REQUIRE(changes.prices.size() == 1);
  CHECK(changes.prices[0].amount == fakes::cents(149));
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
  Answer<InstanceType> bad = listing(make_type("east", "a100"));
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
  Answer<InstanceType> bad = listing(make_type("east", "b200"));
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
  CHECK(types.known->size() == 0);
  CHECK(kinds(types.poll(listing(make_type("east", "a100", 199)))) ==
        Kinds{"type_added east-noSub-a100", "problem_ended east-noSub-a100"});
  CHECK(kinds(types.poll(twice)) == Kinds{"duplicate_id east-noSub-a100"});
  CHECK(find_price(*types.at("east-noSub-a100").row, UsageClass::on_demand)->amount == fakes::cents(199));
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
  CHECK(types.known->size() == 0);
}

TEST_CASE("a price that nobody can mean is NULL with one event, and the row stays", "[syncers]") {
  Types types;
  types.poll(listing(make_type("east", "a100", 199)));
  const std::int64_t cents = GENERATE(0LL, 1'000'000'000LL);
  const ChangeSet changes = types.poll(listing(make_type("east", "a100", cents)));
  CHECK(kinds(changes) == Kinds{"type_changed east-noSub-a100 price_nanos 1990000000>-",
                                "type_changed east-noSub-a100 currency USD>-", "price_suspect east-noSub-a100"});
  CHECK(types.poll(listing(make_type("east", "a100", cents))).empty());
  CHECK(kinds(types.poll(listing(make_type("east", "a100", 199)))) ==
        Kinds{"type_changed east-noSub-a100 price_nanos ->1990000000", "type_changed east-noSub-a100 currency ->USD",
              "problem_ended east-noSub-a100"});
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

TEST_CASE("a part of a known GPU is not reported", "[syncers]") {
  Types types;
  InstanceType part = make_type("east", "g6f");
  part.gpus[0].name = "L4 1/8";
  CHECK(kinds(types.poll(listing(part))) == Kinds{"type_added east-noSub-g6f"});
}

TEST_CASE("an answer that leaves out more than half of a location is believed at the third time", "[syncers]") {
  Types types;
  types.poll(mass(8));
  CHECK(kinds(types.poll(mass(3))) == Kinds{"mass_change_held east"});
  CHECK(types.at("east-noSub-t7").is_listed);
  CHECK_FALSE(types.at("east-noSub-t7").is_confirmed);
  CHECK(types.poll(mass(3)).empty());
  const ChangeSet applied = types.poll(mass(3));
  CHECK(applied.events.front().kind == "mass_change_applied");
  CHECK(applied.events.back().kind == "problem_ended");
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
  types.poll(Answer<InstanceType>{});
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

TEST_CASE("an ID that another listing owns is a problem, and stays the owner's", "[syncers]") {
  Types types;
  const auto in = [&types](const std::string& region) { types.rules.listing.location = region; };
  const auto owned = listing(make_type("east", "a100"));
  InstanceType other = make_type("west", "h100", 500);
  other.id = InstanceTypeId("east-noSub-a100");
  const auto claimed = listing(other, make_type("west", "a100"));
  in("east");
  types.poll(owned);
  in("west");
  CHECK(kinds(types.poll(claimed)) == Kinds{"type_added west-noSub-a100", "duplicate_id east-noSub-a100"});
  CHECK(types.poll(claimed).empty());
  CHECK(types.at("east-noSub-a100").listing.location == "east");
  CHECK(*types.at("east-noSub-a100").row == *owned.rows[0]);

  in("east");
  types.poll({});  // the owner loses it
  in("west");
  CHECK(kinds(types.poll(claimed)) == Kinds{"problem_ended east-noSub-a100", "id_changed east-noSub-a100"});
  CHECK_FALSE(types.at("east-noSub-a100").is_listed);

  in("east");
  types.poll(owned);  // and has it again
  in("west");
  CHECK(kinds(types.poll(claimed)) == Kinds{"problem_ended east-noSub-a100", "duplicate_id east-noSub-a100"});
  CHECK(kinds(types.poll(listing(make_type("west", "a100")))) == Kinds{"problem_ended east-noSub-a100"});
}

TEST_CASE("unlisted types of all listings count towards what memory keeps, and each listing forgets its own",
          "[syncers]") {
  Types types;
  NextKnown<KnownType> many(types.known);
  for (std::size_t i = 0; i < limits::gone_rows_known + 5; ++i) {
    KnownType gone;
    gone.row = row(make_type("east", "gone-" + std::to_string(i)));
    gone.is_listed = false;
    gone.changed_at = Timestamp(std::chrono::milliseconds(i));
    gone.listing.location = i < 7 ? "east" : "west";
    many.put(gone);
  }
  types.known = std::move(many).finish();
  types.rules.listing.location = "east";
  CHECK(kinds(types.poll({})) == Kinds{"rows_forgotten cred"});
  CHECK(types.known->size() == limits::gone_rows_known);
  CHECK(types.known->of(types.rules.listing).size() == 2);
}

TEST_CASE("a designated ID that is not on offer is a problem until it is", "[syncers]") {
  Types types;
  types.poll(listing(make_type("east", "a100")));
  const std::vector<InstanceTypeId> ids = {InstanceTypeId("east-noSub-a100"), InstanceTypeId("east-noSub-h100")};
  Diff<KnownTypes> diff = check_stable_ids(types.known, types.rules.credential, ids, types.now);
  CHECK(kinds(diff.changes) == Kinds{"id_missing east-noSub-h100"});
  types.known = diff.next;
  CHECK(check_stable_ids(types.known, types.rules.credential, ids, types.now).changes.empty());
  types.poll(listing(make_type("east", "a100"), make_type("east", "h100")));
  CHECK(kinds(check_stable_ids(types.known, types.rules.credential, ids, types.now).changes) ==
        Kinds{"problem_ended east-noSub-h100"});
}

TEST_CASE("an answer that leaves out more than half of everything is held, however little any one place loses",
          "[syncers]") {
  Types types;
  types.poll(spread(24));
  const int left = GENERATE(0, 4, 11);
  CHECK(kinds(types.poll(spread(left))) == Kinds{"mass_change_held cred"});
  CHECK(types.poll(spread(left)).empty());
  CHECK(listed(*types.known) == 24);
  CHECK(kinds(types.poll(spread(24))) == Kinds{"problem_ended cred"});
  for (const KnownType& type : types.known->of(types.rules.listing)) CHECK(type.is_confirmed);
}

TEST_CASE("an empty answer over many rows is believed at the third time", "[syncers]") {
  Types types;
  types.poll(spread(24));
  types.poll({});
  types.poll({});
  const ChangeSet applied = types.poll({});
  CHECK(applied.events.front().kind == "mass_change_applied");
  CHECK(applied.events.front().subject_id == "cred");
  CHECK(listed(*types.known) == 0);
  CHECK(types.poll({}).empty());
}

TEST_CASE("of what is held only the rows that three answers in a row lacked are let go of", "[syncers]") {
  Types types;
  Answer<InstanceType> other = mass(2);
  other.rows.push_back(row(make_type("east", "t7")));  // is back in between
  types.poll(mass(8));
  types.poll(mass(2));
  types.poll(other);
  const ChangeSet third = types.poll(mass(2));
  CHECK(third.events.front().kind == "mass_change_applied");
  CHECK_FALSE(types.at("east-noSub-t6").is_listed);
  CHECK(types.at("east-noSub-t7").is_listed);
}

TEST_CASE("a price that nobody can mean, stated again and again, leaves nothing behind", "[syncers]") {
  Types types;
  InstanceType free = make_type("east", "a100", 0);
  free.gpus[0].name = "A GPU WHOSE NAME NOBODY HAS HEARD BEFORE";
  InstanceType other = make_type("west", "a100", 0);
  other.gpus[0].name = "ANOTHER GPU WHOSE NAME NOBODY HAS HEARD";
  types.poll(listing(free, other, free));
  for (int i = 0; i < 3; ++i) CHECK(types.poll(listing(free, other)).empty());
}

TEST_CASE("an answer that cannot be believed as a whole is a failed poll", "[syncers]") {
  Types types;
  types.poll(listing(make_type("east", "a100")));
  Answer<InstanceType> unreadable_all;
  unreadable_all.rejected.push_back(unreadable("east-noSub-a100"));
  CHECK_THAT(diff_types(types.known, unreadable_all, types.rules, types.now).error().message,
             Catch::Contains("none of the answer's 1 rows can be read: vcpus is not a number"));

  Answer<InstanceType> flood;
  flood.rows.assign(limits::rows_per_listing + 1, row(make_type("east", "a100")));
  CHECK_THAT(diff_types(types.known, flood, types.rules, types.now).error().message, Catch::Contains("300001 rows"));

  const WorkLimit no_time(std::chrono::seconds(0));
  CHECK_THAT(diff_types(types.known, mass(3), types.rules, types.now, no_time).error().message,
             Catch::Contains("was given up"));
}

TEST_CASE("of many rows that cannot be read a hundred are told, and a number that changes in silence", "[syncers]") {
  Types types;
  Answer<InstanceType> bad = listing(make_type("east", "a100"));
  for (int i = 0; i < 150; ++i) bad.rejected.push_back(unreadable("bad-" + std::to_string(i)));
  types.poll(listing(make_type("east", "a100")));
  const ChangeSet first = types.poll(bad);
  CHECK(first.events.size() == 101);
  CHECK(std::count_if(first.events.begin(), first.events.end(),
                      [](const Event& event) { return event.subject_kind == "credential"; }) == 1);
  bad.rejected.push_back(unreadable("one-more"));
  CHECK(types.poll(bad).empty());
  CHECK(types.poll(listing(make_type("east", "a100"))).events.size() == 101);
}

TEST_CASE("a field that could not be read is told while it lasts", "[syncers]") {
  Types types;
  Answer<InstanceType> odd = listing(make_type("east", "a100"));
  odd.odd.push_back({"east-noSub-a100", "memory_gib", "is a list"});
  CHECK(kinds(types.poll(odd)) == Kinds{"type_added east-noSub-a100", "odd_field east-noSub-a100"});
  CHECK(types.poll(odd).empty());
  CHECK(kinds(types.poll(listing(make_type("east", "a100")))) == Kinds{"problem_ended east-noSub-a100"});
}

TEST_CASE("a key of ours that a vendor echoes in a row is not kept", "[syncers]") {
  Types types;
  types.rules.redactor = knows("a-secret-of-ours");
  InstanceType echo = make_type("east", "a100");
  echo.gpus[0].type = "A100 for a-secret-of-ours";
  types.poll(listing(echo));
  CHECK(types.at("east-noSub-a100").row->gpus[0].type == "A100 for [redacted]");
  CHECK(types.poll(listing(echo)).empty());
  const ChangeSet refused = types.poll(listing(echo, make_type("east", "a-secret-of-ours")));
  CHECK(kinds(refused) == Kinds{"row_rejected east-noSub-[redacted]"});
  CHECK(types.known->size() == 1);
}

TEST_CASE("of types that were unlisted long ago only the catalog knows", "[syncers]") {
  Types types;
  NextKnown<KnownType> many(types.known);
  for (std::size_t i = 0; i < limits::gone_rows_known + 5; ++i) {
    KnownType gone;
    gone.row = row(make_type("east", "gone-" + std::to_string(i)));
    gone.is_listed = false;
    gone.changed_at = Timestamp(std::chrono::milliseconds(i));
    many.put(gone);
  }
  types.known = std::move(many).finish();
  CHECK(kinds(types.poll(listing(make_type("east", "a100")))) ==
        Kinds{"type_added east-noSub-a100", "rows_forgotten cred"});
  CHECK(types.known->size() == limits::gone_rows_known + 1);
  CHECK(types.known->find(InstanceTypeId("east-noSub-gone-4")) == nullptr);
  CHECK(types.known->find(InstanceTypeId("east-noSub-gone-5")) != nullptr);
  CHECK(types.poll(listing(make_type("east", "a100"))).empty());
}

TEST_CASE("a value over its bound is cut in its event, not in the row", "[syncers]") {
  Types types;
  InstanceType type = make_type("east", "a100");
  types.poll(listing(type));
  type.attributes.network_performance = std::string(5000, 'x');
  const ChangeSet changes = types.poll(listing(type));
  REQUIRE(changes.events.size() == 1);
  CHECK(changes.events[0].new_value->size() == limits::text + 3);
  CHECK(types.at("east-noSub-a100").row->attributes.network_performance.size() == 5000);
}

TEST_CASE("a location that is gone takes its types and its problems along", "[syncers]") {
  Types types;
  types.rules.listing.location = "east";
  types.poll(listing(make_type("east", "a100", 0)));
  const ListingKey east = types.rules.listing;
  CHECK(listings_in_use(*types.known, {east}) == std::vector<ListingKey>{east});
  const Diff<KnownTypes> gone = unlist_location(types.known, types.rules, types.now);
  CHECK(gone.changes.problems_ended.size() == 1);
  CHECK(listed(*gone.next) == 0);
  CHECK(listings_in_use(*gone.next, {east}).empty());
}

}  // namespace tally::diff_diff_types_test
