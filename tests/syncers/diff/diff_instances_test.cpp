#include <algorithm>
#include <catch2/catch.hpp>

#include "syncers/diff/diff.hpp"
#include "tally/next_known.hpp"
#include "tests/fakes/rows.hpp"
#include "tests/syncers/diff/changes.hpp"

namespace tally::diff_diff_instances_test {
using namespace tally::fakes;
using namespace std::chrono_literals;

namespace {

/// An account's instances on a clock that moves five seconds a poll; all are old unless a test says otherwise.
struct Instances {
  std::shared_ptr<const KnownInstances> known = std::make_shared<const KnownInstances>();
  Timestamp now{1h};
  InstanceRules rules;

  Instances() { rules.credential = CredentialRef("cred"); }

  ChangeSet poll(const Answer<Instance>& seen, const Witnesses& witnesses = {}) {
    Diff<KnownInstances> diff = diff_instances(known, seen, witnesses, rules, now).value();
    known = diff.next;
    rules.previous_success = now;
    pass(5s);
    return diff.changes;
  }
  void pass(std::chrono::milliseconds time) {
    now += time;
    rules.at += time;
  }
  std::vector<CloudId> to_ask(const Answer<Instance>& seen) const {
    return absences_to_ask(*known, seen, rules, now, 10);
  }
  const KnownInstance& at(const std::string& id) const { return *known->find(CloudId(id)); }
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

Answer<Instance> fleet(int count) {
  Answer<Instance> listing;
  for (int i = 0; i < count; ++i) listing.rows.push_back(row(make_instance("i" + std::to_string(i))));
  return listing;
}

std::shared_ptr<const KnownTypes> catalog_of(const InstanceType& type) {
  NextKnown<KnownType> types(std::make_shared<const KnownTypes>());
  KnownType known;
  known.row = row(type);
  types.put(known);
  return std::move(types).finish();
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

TEST_CASE("memory holds an instance once: as the object that the provider's answer has", "[syncers]") {
  Instances instances;
  auto seen = listing(make_instance("a"));
  instances.poll(seen);
  CHECK(instances.at("a").row == seen.rows[0]);

  seen = listing(make_instance("a", "east", "a100", LifecycleStatus::stopped));
  instances.poll(seen);
  CHECK(instances.at("a").row == seen.rows[0]);

  seen = listing(*seen.rows[0]);  // read anew, as after a start
  CHECK(instances.poll(seen).empty());
  CHECK(instances.at("a").row == seen.rows[0]);

  Instance forgetful = *seen.rows[0];
  forgetful.ssh_user.clear();
  CHECK(instances.poll(listing(forgetful)).empty());
  CHECK(instances.at("a").row == seen.rows[0]);
}

TEST_CASE("a transition is recorded once", "[syncers]") {
  Instances instances;
  instances.poll(listing(make_instance("a", "east", "a100", LifecycleStatus::pending)));
  const ChangeSet changes = instances.poll(listing(make_instance("a")));
  CHECK(kinds(changes) ==
        Kinds{"instance_changed a provider_status pending>running", "instance_changed a status pending>running"});
  CHECK(instances.at("a").status_since == Timestamp(1h + 5s));
  CHECK(instances.poll(listing(make_instance("a"))).empty());
}

TEST_CASE("an instance that the provider reports as terminated is ended", "[syncers]") {
  Instances instances;
  instances.poll(listing(make_instance("a")));
  const auto ended = listing(make_instance("a", "east", "a100", LifecycleStatus::terminated));
  CHECK(kinds(instances.poll(ended)) ==
        Kinds{"instance_changed a provider_status running>terminated", "instance_ended a status running>terminated"});
  CHECK(instances.at("a").ended_at);
  CHECK(instances.poll(ended).empty());
  CHECK(instances.poll({}).empty());
}

TEST_CASE("an ended instance is known until it is absent a day later", "[syncers]") {
  Instances instances;
  const auto stays = listing(make_instance("b"));
  const auto ended = listing(make_instance("a", "east", "a100", LifecycleStatus::terminated), make_instance("b"));
  instances.poll(ended);
  instances.now += 23h;
  CHECK(instances.poll(stays).empty());
  instances.now += 48h;
  CHECK(instances.poll(ended).empty());
  Answer<Instance> doubtful = stays;
  doubtful.rejected.push_back({"", "no ID", "{}"});
  CHECK(instances.poll(doubtful).instances.empty());
  REQUIRE(instances.known->size() == 2);

  const ChangeSet forgotten = instances.poll(stays);
  CHECK(kinds(forgotten) == Kinds{"problem_ended "});
  REQUIRE(forgotten.instances.size() == 1);
  CHECK_FALSE(forgotten.instances.at(0).is_confirmed);
  CHECK(forgotten.instances.at(0).ended_at);
  CHECK(instances.known->size() == 1);
  CHECK(instances.poll(stays).empty());
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
  CHECK(kinds(instances.poll(listing(plain))) ==
        Kinds{"instance_changed a price_nanos ->2500000000", "instance_changed a currency ->USD"});
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

TEST_CASE("a price that nobody can mean is not an instance's price", "[syncers]") {
  Instances instances;
  Instance odd = make_instance("a");
  odd.price = Money{GENERATE(std::int64_t{0}, std::int64_t{-5}, std::int64_t{9'000'000'000'000'000'000}), {}};
  instances.rules.types = catalog_of(make_type("east", "a100", 250));
  CHECK(kinds(instances.poll(listing(odd))) == Kinds{"instance_added a", "price_suspect a"});
  CHECK(instances.at("a").row->price == Money::from_cents(250));
  CHECK(instances.poll(listing(odd)).empty());
  CHECK(kinds(instances.poll(listing(make_instance("a")))) == Kinds{"problem_ended a"});
}

TEST_CASE("a number that cannot be costs its field", "[syncers]") {
  Instances instances;
  Instance odd = make_instance("a");
  odd.ssh_port = 70'000;
  CHECK(kinds(instances.poll(listing(odd))) == Kinds{"instance_added a", "odd_field a"});
  CHECK_FALSE(instances.at("a").row->ssh_port);
  const Answer<Instance> same = listing(odd);
  CHECK(instances.poll(same).empty());
  CHECK(instances.poll(same).empty());
}

TEST_CASE("a key of ours that a vendor echoes in an instance is not kept", "[syncers]") {
  Instances instances;
  instances.rules.redactor = knows("a-secret-of-ours");
  Instance echo = make_instance("a");
  echo.tags["owner"] = "a-secret-of-ours";
  echo.attributes.firewall_open = {{"", 22, 22, {"a-secret-of-ours"}}};
  instances.poll(listing(echo));
  CHECK(instances.at("a").row->tags.at("owner") == "[redacted]");
  CHECK(instances.at("a").row->attributes.firewall_open[0].ip_ranges[0] == "[redacted]");
  CHECK(instances.poll(listing(echo)).empty());
  Instance moved = make_instance("a", "a-secret-of-ours");
  CHECK(kinds(instances.poll(listing(moved, make_instance("b")))) == Kinds{"instance_added b", "row_rejected a"});
  CHECK_FALSE(instances.at("a").is_confirmed);
  for (int i = 0; i < 3; ++i) instances.poll(listing(moved, make_instance("b")));
  CHECK_FALSE(instances.at("a").ended_at);
}

TEST_CASE("an answer of instances that cannot be believed as a whole is a failed poll", "[syncers]") {
  Instances instances;
  Answer<Instance> unreadable;
  unreadable.rejected.push_back({"a", "no status", "{}"});
  CHECK_FALSE(diff_instances(instances.known, unreadable, {}, instances.rules, instances.now));
  Answer<Instance> flood;
  flood.rows.assign(limits::rows_per_listing + 1, row(make_instance("a")));
  CHECK_FALSE(diff_instances(instances.known, flood, {}, instances.rules, instances.now));
  const WorkLimit no_time(std::chrono::seconds(0));
  CHECK_FALSE(diff_instances(instances.known, fleet(1), {}, instances.rules, instances.now, no_time));
}

TEST_CASE("an account that would outgrow its bound is a failed poll", "[syncers]") {
  Instances instances;
  instances.poll(fleet(1));
  NextKnown<KnownInstance> full(instances.known);
  KnownInstance one;
  one.listing = {SyncerKind::instances, "elsewhere"};
  for (std::size_t i = 1; i < limits::rows_per_account; ++i) {
    Instance instance;
    instance.cloud_id = CloudId("x" + std::to_string(i));
    one.row = row(instance);
    full.put(one);
  }
  const auto one_more =
      diff_instances(std::move(full).finish(), fleet(2), {}, instances.rules, instances.now, WorkLimit(1h));
  REQUIRE_FALSE(one_more);
  CHECK_THAT(one_more.error().message, Catch::Contains("no more than 300000 are kept"));
}

TEST_CASE("an instance that another listing owns is a problem, and stays the owner's", "[syncers]") {
  Instances instances;
  const auto in = [&instances](const std::string& region) { instances.rules.listing.location = region; };
  const auto owned = listing(make_instance("a", "east"));
  const auto claimed =
      listing(make_instance("a", "west", "h100", LifecycleStatus::stopped), make_instance("b", "west"));
  in("east");
  instances.poll(owned);
  in("west");
  CHECK(kinds(instances.poll(claimed)) == Kinds{"instance_added b", "duplicate_id a"});
  CHECK(instances.poll(claimed).empty());
  CHECK(instances.at("a").listing.location == "east");
  CHECK(instances.at("a").status == LifecycleStatus::running);

  in("east");
  instances.poll({}, says("a", error(Errc::instance_not_found)));  // the owner loses it
  REQUIRE(instances.at("a").ended_at);
  in("west");
  CHECK(kinds(instances.poll(claimed)) == Kinds{"problem_ended a", "id_changed a"});
  CHECK(instances.at("a").ended_at);

  in("east");
  instances.poll(owned);  // and has it again
  in("west");
  CHECK(kinds(instances.poll(claimed)) == Kinds{"problem_ended a", "duplicate_id a"});
  CHECK(kinds(instances.poll(listing(make_instance("b", "west")))) == Kinds{"problem_ended a"});
}

TEST_CASE("what is told of an instance that another listing owns is not believed", "[syncers]") {
  Instances instances;
  instances.rules.listing.location = "east";
  instances.poll(listing(make_instance("a")));
  instances.rules.listing.location = "west";
  const InstanceNews claim{"west", row(make_instance("a", "west"))};
  const auto diff = diff_instance_news(instances.known, claim, instances.rules, instances.now);
  REQUIRE_FALSE(diff);
  CHECK_THAT(diff.error().message, Catch::Contains("location east has this ID"));
}

TEST_CASE("of instances that ended long ago only the catalog knows when there are too many", "[syncers]") {
  Instances instances;
  NextKnown<KnownInstance> many(instances.known);
  for (std::size_t i = 0; i < limits::gone_rows_known + 5; ++i) {
    KnownInstance gone;
    gone.row = row(make_instance("gone-" + std::to_string(i)));
    gone.listing = instances.rules.listing;
    gone.status = LifecycleStatus::terminated;
    gone.ended_at = instances.now - 1h + std::chrono::milliseconds(i);
    many.put(gone);
  }
  instances.known = std::move(many).finish();
  const ChangeSet changes = instances.poll(fleet(1));
  CHECK(kinds(changes) == Kinds{"instance_added i0", "rows_forgotten cred"});
  CHECK(changes.instances.size() == 6);
  CHECK(instances.known->size() == limits::gone_rows_known + 1);
  CHECK(instances.known->find(CloudId("gone-4")) == nullptr);
  CHECK(instances.poll(fleet(1)).empty());
}

}  // namespace tally::diff_diff_instances_test
