#include "syncers/settled_answer.hpp"

#include <catch2/catch.hpp>

#include "tally/next_known.hpp"
#include "tests/fakes/rows.hpp"

namespace tally::settled_answer_test {
using namespace tally::fakes;
using namespace std::chrono_literals;

namespace {

/// A listing of one account whose types are known, compared again and again.
struct Account {
  std::shared_ptr<const KnownInstances> known = std::make_shared<const KnownInstances>();
  Timestamp now{1h};
  InstanceRules rules;
  SettledInstances settled;

  Account() { rules.types = types(); }

  static std::shared_ptr<const KnownTypes> types() {
    NextKnown<KnownType> known(std::make_shared<const KnownTypes>());
    KnownType type;
    type.row = row(make_type("east", "a100"));
    known.put(type);
    return std::move(known).finish();
  }
  void poll(const Answer<Instance>& seen) {
    Diff<KnownInstances> diff = diff_instances(known, seen, {}, rules, now).value();
    known = diff.next;
    rules.previous_success = now;
    settled.note(std::make_shared<const Answer<Instance>>(seen), diff, rules);
    now += 5s;
  }
  void put(const KnownInstance& row) {
    NextKnown<KnownInstance> next(known);
    next.put(row);
    known = std::move(next).finish();
  }
  [[nodiscard]] bool covers(const Answer<Instance>& seen) const { return settled.covers(seen, known, rules, now); }
};

/// A listing of types, of which another region's are known, too.
struct Offer {
  std::shared_ptr<const KnownTypes> known = std::make_shared<const KnownTypes>();
  Timestamp now{1h};
  TypeRules rules;
  SettledTypes settled;

  Offer() { rules.listing.location = "east"; }

  void poll(const Answer<InstanceType>& seen) {
    Diff<KnownTypes> diff = diff_types(known, seen, rules, now).value();
    known = diff.next;
    rules.previous_success = now;
    settled.note(std::make_shared<const Answer<InstanceType>>(seen), diff, rules);
    now += 1min;
  }
  void poll_elsewhere(const Answer<InstanceType>& seen) {
    TypeRules others = rules;
    others.listing.location = "west";
    known = diff_types(known, seen, others, now).value().next;
  }
  [[nodiscard]] bool covers(const Answer<InstanceType>& seen) const { return settled.covers(seen, known, rules, now); }
};

const auto both = listing(make_instance("a"), make_instance("b"));

}  // namespace

TEST_CASE("an answer that changed nothing need not be compared again, until something else changes", "[syncers]") {
  Account account;
  account.poll(both);
  CHECK_FALSE(account.covers(both));  // it was new
  account.poll(both);
  REQUIRE(account.covers(both));
  account.now += 24h * 365;
  CHECK(account.covers(both));

  SECTION("the rows") {
    CHECK_FALSE(account.covers(listing(make_instance("a"), make_instance("b"))));
    CHECK_FALSE(account.covers({}));
  }
  SECTION("what could not be read") {
    Answer<Instance> damaged = both;
    damaged.rejected.push_back({"c", "no status", "{}"});
    CHECK_FALSE(account.covers(damaged));
    damaged = both;
    damaged.odd.push_back({"a", "vcpus", "is no number"});
    CHECK_FALSE(account.covers(damaged));
  }
  SECTION("what is known") {
    KnownInstance other;
    other.row = row(make_instance("c"));
    other.listing.location = "elsewhere";
    account.put(other);
    CHECK(account.covers(both));  // another listing's
    other.listing = account.rules.listing;
    account.put(other);
    CHECK_FALSE(account.covers(both));
  }
  SECTION("the types on offer") {
    account.rules.types = Account::types();
    CHECK_FALSE(account.covers(both));
  }
}

TEST_CASE("an answer is not settled while somebody is missing, or something is wrong with it", "[syncers]") {
  Account account;
  account.poll(both);
  Answer<Instance> seen = both;
  SECTION("missing, young or not") {
    account.rules.grace = GENERATE(0s, 100h);
    seen.rows.pop_back();
  }
  SECTION("a row that could not be read") { seen.rejected.push_back({"c", "no status", "{}"}); }
  SECTION("an odd field") { seen.odd.push_back({"a", "vcpus", "is no number"}); }
  SECTION("different rows of one ID") { seen.rows.push_back(row(make_instance("a", "west"))); }
  SECTION("a type that is not in the catalog") { seen.rows.push_back(row(make_instance("c", "east", "h100"))); }
  SECTION("a row that was changed after the answer began") {
    account.rules.began = TimePoint(10s);
    account.poll(both);
    KnownInstance told = *account.known->find(CloudId("a"));
    told.told_at = TimePoint(11s);
    account.put(told);
  }
  account.poll(seen);
  account.poll(seen);
  CHECK_FALSE(account.covers(seen));
}

TEST_CASE("an answer of types that changed nothing need not be compared again until its own listing changes",
          "[syncers]") {
  Offer offer;
  const auto seen = listing(make_type("east", "a100"), make_type("east", "h100", 0));  // a price that is a problem
  offer.poll(seen);
  CHECK_FALSE(offer.covers(seen));  // it was new
  offer.poll(seen);
  REQUIRE(offer.covers(seen));
  offer.now += 24h * 365;
  CHECK(offer.covers(seen));
  offer.poll_elsewhere(listing(make_type("west", "a100")));
  CHECK(offer.covers(seen));

  SECTION("the rows") { CHECK_FALSE(offer.covers(listing(make_type("east", "a100"), make_type("east", "h100", 0)))); }
  SECTION("what is known") {
    offer.known = unlist_location(offer.known, offer.rules, offer.now).next;
    CHECK_FALSE(offer.covers(seen));
  }
}

TEST_CASE("an answer of types is not settled while it depends on more than its listing", "[syncers]") {
  Offer offer;
  auto seen = listing(make_type("east", "a100"));
  SECTION("an ID that another listing owns") {
    offer.poll_elsewhere(listing(make_type("west", "a100")));
    InstanceType claimed = make_type("east", "h100");
    claimed.id = InstanceTypeId("west-noSub-a100");
    seen.rows.push_back(row(claimed));
  }
  SECTION("a row that was changed after the answer began") {
    offer.rules.began = TimePoint(10s);
    offer.poll(seen);
    offer.rules.began = TimePoint(5s);
  }
  SECTION("a row that could not be read") { seen.rejected.push_back({"b", "no price", "{}"}); }
  SECTION("an odd field") { seen.odd.push_back({"east-noSub-a100", "vcpus", "is no number"}); }
  offer.poll(seen);
  offer.poll(seen);
  CHECK_FALSE(offer.covers(seen));
}

TEST_CASE("an answer that lacks an ended instance is settled until that one is forgotten", "[syncers]") {
  Account account;
  account.poll(listing(make_instance("a"), make_instance("b", "east", "a100", LifecycleStatus::terminated)));
  const auto rest = listing(make_instance("a"));
  account.poll(rest);
  account.poll(rest);
  REQUIRE(account.covers(rest));
  account.now += 23h;
  CHECK(account.covers(rest));
  account.now += 1h;
  CHECK_FALSE(account.covers(rest));
  account.poll(rest);
  CHECK(account.known->size() == 1);
}

}  // namespace tally::settled_answer_test
