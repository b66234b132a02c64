// What becomes of instances that a listing lacks, or of which it has what cannot be read.
#include <algorithm>
#include <catch2/catch.hpp>

#include "tally/next_known.hpp"
#include "tests/syncers/diff/changes.hpp"
#include "tests/syncers/diff/instances.hpp"

namespace tally::diff_absences_test {
using namespace tally::fakes;
using namespace std::chrono_literals;

namespace {

/// One witness says the same of each of them.
Witnesses all_say(const std::vector<CloudId>& ids, const Result<Row<Instance>>& answer) {
  Witnesses witnesses;
  for (const CloudId& id : ids) witnesses.emplace(id, answer);
  return witnesses;
}

/// The provider knows each of them by its ID, as running.
Witnesses all_alive(const std::vector<CloudId>& ids) {
  Witnesses witnesses;
  for (const CloudId& id : ids) witnesses.emplace(id, row(make_instance(id.str())));
  return witnesses;
}

/// Two machines in each region.
Answer<Instance> spread_fleet(int count) {
  Answer<Instance> listing;
  for (int i = 0; i < count; ++i) {
    listing.rows.push_back(row(make_instance("i" + std::to_string(i), "region-" + std::to_string(i / 2))));
  }
  return listing;
}

}  // namespace

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
  CHECK(kinds(instances.poll({}, says("a", answer))) == Kinds{"instance_changed a provider_status running>terminating",
                                                              "instance_changed a status running>terminating"});
  CHECK(instances.at("a").is_confirmed);
  CHECK(instances.to_ask({}).size() == 1);
}

TEST_CASE("where nobody can be asked a second complete absence ends an instance", "[syncers]") {
  Instances instances;
  instances.poll(listing(make_instance("a")));
  const Witnesses nobody = GENERATE(Witnesses(), says("a", error(Errc::not_implemented)));
  CHECK(instances.poll({}, nobody).events.empty());
  CHECK_FALSE(instances.at("a").is_confirmed);
  CHECK(instances.to_ask({}).size() == 1);
  CHECK(kinds(instances.poll({}, nobody)) == Kinds{"instance_ended a status running>terminated"});
}

TEST_CASE("where asking fails, absences end nothing for half an hour, and ten of them after that", "[syncers]") {
  Instances instances;
  instances.poll(listing(make_instance("a")));
  const Errc kind = GENERATE(Errc::service_unavailable, Errc::resource_not_found, Errc::rate_limited, Errc::auth);
  const auto failing = says("a", error(kind));
  instances.poll({}, failing);
  for (int i = 0; i < 100; ++i) CHECK(instances.poll({}, failing).empty());
  instances.poll({});  // one pass without the time to ask
  CHECK_FALSE(instances.at("a").ended_at);
  instances.pass(30min);
  const ChangeSet changes = instances.poll({}, failing);
  CHECK(kinds(changes) == Kinds{"instance_ended a status running>terminated"});
  CHECK_THAT(changes.events[0].detail.value(), Catch::Contains("asking for it by ID failed"));
}

TEST_CASE("half an hour in which hardly anybody listed is not enough where asking fails", "[syncers]") {
  Instances instances;
  instances.poll(listing(make_instance("a")));
  const auto failing = says("a", error(Errc::service_unavailable));
  for (int i = 0; i < 9; ++i) {
    instances.poll({}, failing);
    instances.pass(1h);
  }
  CHECK_FALSE(instances.at("a").ended_at);
  instances.poll({}, failing);
  CHECK(instances.at("a").ended_at);
}

TEST_CASE("a clock that is set makes no absence long", "[syncers]") {
  Instances instances;
  instances.poll(listing(make_instance("a")));
  for (int i = 0; i < 20; ++i) {
    instances.now += 1h;
    instances.poll({}, says("a", error(Errc::service_unavailable)));
  }
  CHECK_FALSE(instances.at("a").ended_at);
}

TEST_CASE("an absent instance is asked for in every pass, those missing for longest first", "[syncers]") {
  Instances instances;
  instances.poll(fleet(30));
  Answer<Instance> seen = fleet(30);
  seen.rows.resize(25);
  instances.poll(seen, all_say(instances.to_ask(seen), error(Errc::service_unavailable)));
  seen.rows.erase(seen.rows.begin(), seen.rows.begin() + 7);  // seven more: twelve are missing
  const std::vector<CloudId> asked = instances.to_ask(seen);
  REQUIRE(asked.size() == 10);
  for (const char* id : {"i25", "i26", "i27", "i28", "i29"}) {
    CHECK(std::find(asked.begin(), asked.begin() + 5, CloudId(id)) != asked.begin() + 5);
  }
}

TEST_CASE("an answer by ID that failed speaks for those that nobody asked for, too", "[syncers]") {
  Instances instances;
  instances.poll(fleet(30));
  Answer<Instance> seen = fleet(30);
  seen.rows.resize(18);  // twelve are missing, ten are asked for
  for (int i = 0; i < 20; ++i) {
    instances.poll(seen, all_say(instances.to_ask(seen), error(Errc::service_unavailable)));
  }
  for (const KnownInstance& instance : instances.known->of(instances.rules.listing)) CHECK_FALSE(instance.ended_at);
}

TEST_CASE("a listing that lacks what is known by ID ends nobody that was not asked for", "[syncers]") {
  Instances instances;
  instances.poll(fleet(30));
  Answer<Instance> seen = fleet(30);
  seen.rows.resize(16);  // fourteen are missing
  for (int i = 0; i < 20; ++i) instances.poll(seen, all_alive(instances.to_ask(seen)));
  for (const KnownInstance& instance : instances.known->of(instances.rules.listing)) CHECK_FALSE(instance.ended_at);
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
  instances.poll({});
  instances.poll(listing(make_instance("a")));
  for (int i = 0; i < 11; ++i) {
    CHECK(instances.to_ask({}).empty());
    CHECK(instances.poll({}).events.empty());
  }
  CHECK(instances.to_ask({}).size() == 1);
  instances.poll({});
  CHECK(kinds(instances.poll({})) == Kinds{"instance_ended a status running>terminated"});
}

TEST_CASE("what an account's first complete listing shows was not born then", "[syncers]") {
  Instances instances;
  instances.rules.grace = 60s;
  instances.poll(listing(make_instance("a")));
  CHECK(instances.to_ask({}).size() == 1);
}

TEST_CASE("the vendor's creation time says who is young, where it can be true", "[syncers]") {
  Instances instances;
  instances.rules.grace = 60s;
  instances.poll({});
  Instance made = make_instance("a");
  made.created_at = instances.now - GENERATE(30s, 61s, 24h);
  const bool is_young = instances.now - *made.created_at < 55s;
  instances.poll(listing(made));
  CHECK(instances.to_ask({}).empty() == is_young);
}

TEST_CASE("a clock that is set back, or ahead, keeps nobody young and makes nobody old", "[syncers]") {
  Instances instances;
  instances.rules.grace = 60s;
  instances.poll({});
  Instance made = make_instance("a");
  if (GENERATE(false, true)) made.created_at = instances.now;
  instances.poll(listing(made));
  const bool has_creation_time = made.created_at.has_value();
  instances.now += GENERATE(-10h, 10h);
  if (!has_creation_time) CHECK(instances.to_ask({}).empty());
  instances.pass(60s);
  CHECK(instances.to_ask({}).size() == 1);
}

TEST_CASE("a row that was first seen in the future is not young", "[syncers]") {
  Instances instances;
  instances.rules.grace = 60s;
  instances.poll(listing(make_instance("a")));
  KnownInstance loaded = instances.at("a");
  loaded.born.reset();
  loaded.first_seen_at = instances.now + 24h;
  NextKnown<KnownInstance> next(instances.known);
  next.put(loaded);
  instances.known = std::move(next).finish();
  CHECK(instances.to_ask({}).size() == 1);
}

TEST_CASE("at most the given number of absent instances is asked for, the oldest first", "[syncers]") {
  Instances instances;
  instances.poll(fleet(14));
  Answer<Instance> seen = fleet(14);
  seen.rows.resize(8);
  CHECK(instances.to_ask(seen).size() == 6);
  CHECK(absences_to_ask(*instances.known, seen, instances.rules, instances.now, 2).size() == 2);
}

TEST_CASE("nobody dies of a malformed row or a duplicate, however often it comes", "[syncers]") {
  Instances instances;
  instances.poll(fleet(3));
  Answer<Instance> bad = fleet(3);
  bad.rows.erase(bad.rows.begin());
  bad.rejected.push_back({"i0", "status is not a string", "{}"});
  bad.rows.push_back(row(make_instance("i1", "west")));
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
  Answer<Instance> bad = listing(make_instance("i1"));
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
  CHECK(instances.to_ask({}).empty());
  CHECK(instances.poll({}).empty());
  CHECK(instances.to_ask({}).size() == 8);
  const ChangeSet applied = instances.poll({});
  CHECK(applied.events.size() == 10);
  CHECK(applied.events.front().kind == "mass_change_applied");
  CHECK(applied.events.back().kind == "problem_ended");
  CHECK(instances.at("i0").ended_at);
}

TEST_CASE("the breaker holds absences only, never states that the provider reports", "[syncers]") {
  Instances instances;
  instances.poll(fleet(8));
  Answer<Instance> ended;
  for (int i = 0; i < 8; ++i) {
    ended.rows.push_back(row(make_instance("i" + std::to_string(i), "east", "a100", LifecycleStatus::terminated)));
  }
  const ChangeSet changes = instances.poll(ended);
  CHECK(std::count_if(changes.events.begin(), changes.events.end(),
                      [](const Event& event) { return event.kind == "instance_ended"; }) == 8);
  CHECK(instances.at("i7").ended_at);
}

TEST_CASE("a fleet that is spread over many places is held as a whole", "[syncers]") {
  Instances instances;
  instances.poll(spread_fleet(12));
  CHECK(instances.to_ask({}).empty());
  CHECK(kinds(instances.poll({})) == Kinds{"mass_change_held cred"});
  CHECK(instances.poll({}).empty());
  CHECK(kinds(instances.poll(spread_fleet(12))) == Kinds{"problem_ended cred"});
  for (const KnownInstance& instance : instances.known->of(instances.rules.listing)) CHECK(instance.is_confirmed);
}

TEST_CASE("what asking by ID has shown to be there is not held again and again", "[syncers]") {
  Instances instances;
  instances.poll(fleet(8));
  instances.poll({});
  instances.poll({});
  instances.poll({}, all_alive(instances.to_ask({})));
  for (int i = 0; i < 10; ++i) {
    const std::vector<CloudId> asked = instances.to_ask({});
    CHECK(asked.size() == 8);
    CHECK(instances.poll({}, all_alive(asked)).empty());
  }
  for (const KnownInstance& instance : instances.known->of(instances.rules.listing)) CHECK(instance.is_confirmed);
}

}  // namespace tally::diff_absences_test
