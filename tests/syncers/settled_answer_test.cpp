#include "syncers/settled_answer.hpp"

#include <catch2/catch.hpp>

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
  SettledAnswer settled;

  Account() { rules.types = types(); }

  static std::shared_ptr<const KnownTypes> types() {
    auto known = std::make_shared<KnownTypes>();
    KnownType type;
    type.row = row(make_type("east", "a100"));
    known->rows.emplace(type.row->id, type);
    return known;
  }
  void poll(const Answer<Instance>& seen) {
    InstanceDiff diff = diff_instances(known, seen, {}, rules, now).value();
    known = diff.next;
    rules.previous_success = now;
    settled.note(std::make_shared<const Answer<Instance>>(seen), diff, rules);
    now += 5s;
  }
  [[nodiscard]] bool covers(const Answer<Instance>& seen) const { return settled.covers(seen, known, rules, now); }
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
    account.known = std::make_shared<const KnownInstances>(*account.known);
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
    auto told = std::make_shared<KnownInstances>(*account.known);
    told->rows.at(CloudId("a")).told_at = TimePoint(11s);
    account.known = told;
  }
  account.poll(seen);
  account.poll(seen);
  CHECK_FALSE(account.covers(seen));
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
  CHECK(account.known->rows.size() == 1);
}

}  // namespace tally::settled_answer_test
