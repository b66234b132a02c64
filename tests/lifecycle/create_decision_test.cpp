// What a create whose outcome nobody told comes to.
#include "lifecycle/create_decision.hpp"

#include <catch2/catch.hpp>

#include "tally/next_known.hpp"
#include "tests/fakes/rows.hpp"

namespace tally::lifecycle::create_decision_test {
namespace {

const CredentialRef cred("cred");

OperationRecord create(OperationState state = OperationState::unknown) {
  OperationRecord one;
  one.credential = cred;
  one.ref_id = RefId("job");
  one.type = "h100";
  one.location = "east";
  one.state = state;
  return one;
}

Instance ours(const std::string& id) {
  Instance instance = fakes::make_instance(id, "east", "h100");
  instance.ref_id = RefId("job");
  instance.cloud_cred_ref_id = cred;
  return instance;
}

KnownInstances known(const std::vector<Instance>& machines) {
  NextKnown<KnownInstance> instances(std::make_shared<const KnownInstances>());
  for (const Instance& machine : machines) {
    KnownInstance one;
    one.row = fakes::row(machine);
    one.listing = {SyncerKind::instances, "east"};
    one.status = *machine.status;
    instances.put(one);
  }
  return *std::move(instances).finish();
}

std::vector<Sighting> seen(std::initializer_list<bool> agreements) {
  std::vector<Sighting> all;
  for (const bool agrees : agreements) all.push_back({CloudId("i"), agrees, false});
  return all;
}

}  // namespace

TEST_CASE("nothing is concluded before a complete listing that began after the call", "[lifecycle]") {
  for (const AttemptOutcome last : {AttemptOutcome::begun, AttemptOutcome::unknown, AttemptOutcome::partly}) {
    CHECK(judge(last, seen({}), false, false) == Verdict::wait);
    CHECK(judge(last, seen({true}), false, false) == Verdict::wait);
    CHECK(judge(last, seen({}), true, false) == Verdict::wait);
    CHECK(judge(last, seen({}), true, true) == Verdict::absent);
  }
}

TEST_CASE("one machine that agrees is adopted, any other is ended", "[lifecycle]") {
  CHECK(judge(AttemptOutcome::unknown, seen({true}), true, false) == Verdict::adopt);
  CHECK(judge(AttemptOutcome::begun, seen({true}), true, true) == Verdict::adopt);
  CHECK(judge(AttemptOutcome::partly, seen({true}), true, false) == Verdict::end_all);
  CHECK(judge(AttemptOutcome::unknown, seen({false}), true, false) == Verdict::end_all);
  CHECK(judge(AttemptOutcome::unknown, seen({true, true}), true, false) == Verdict::end_all);
}

TEST_CASE("only live machines of this credential and RefID count", "[lifecycle]") {
  Instance foreign = ours("foreign");
  foreign.cloud_cred_ref_id = CredentialRef("other");
  Instance nobodys = ours("nobodys");
  nobodys.cloud_cred_ref_id = CredentialRef();
  Instance other_ref = ours("other-ref");
  other_ref.ref_id = RefId("job2");
  Instance going = ours("going");
  going.status = LifecycleStatus::terminating;
  Instance elsewhere = ours("elsewhere");
  elsewhere.location = "west";
  Instance failed = ours("failed");
  failed.status = LifecycleStatus::failed;
  const auto sightings =
      sightings_of(create(), known({ours("a"), foreign, nobodys, other_ref, going, elsewhere, failed, ours("known")}),
                   {CloudId("known")}, Timestamp());
  REQUIRE(sightings.size() == 3);
  CHECK(sightings[0].id == CloudId("a"));
  CHECK(sightings[0].agrees);
  CHECK(sightings[1].id == CloudId("elsewhere"));
  CHECK_FALSE(sightings[1].agrees);
  CHECK(sightings[2].id == CloudId("failed"));
}

TEST_CASE("a machine of which type and place are not said yet agrees with its create", "[lifecycle]") {
  Instance waiting = ours("waiting");
  waiting.type.clear();
  waiting.location.clear();
  Instance other = ours("other");
  other.type = "h200";
  other.location.clear();
  const auto sightings = sightings_of(create(), known({waiting, other}), {}, Timestamp());
  REQUIRE(sightings.size() == 2);
  CHECK(sightings[0].id == CloudId("other"));
  CHECK_FALSE(sightings[0].agrees);
  CHECK(sightings[1].agrees);
}

TEST_CASE("a machine that was there before the first create of its RefID is never ended", "[lifecycle]") {
  using namespace std::chrono_literals;
  Instance machine = ours("i");
  machine.created_at = Timestamp(24h) - 6min;
  OperationRecord first = create(OperationState::failed);
  first.created_at = Timestamp(24h);
  OperationRecord later = create(OperationState::failed);
  later.created_at = Timestamp(48h);
  SECTION("and no stray, by the provider's word or by when it was first seen") {
    const auto strays = [&] { return strays_of({later, first}, known({machine}), cred).size(); };
    CHECK(strays() == 0);
    machine.created_at.reset();
    CHECK(strays() == 0);
    machine.created_at = Timestamp(24h) - 4min;  // clocks may differ so much
    CHECK(strays() == 1);
  }
  const auto seen_with = [&](const std::vector<Instance>& others) {
    std::vector<Instance> machines = others;
    machines.push_back(machine);
    return sightings_of(later, known(machines), {}, first.created_at);
  };
  SECTION("beside another one") {
    Instance recent = ours("recent");
    recent.created_at = Timestamp(48h);
    REQUIRE(seen_with({recent}).size() == 1);
    CHECK(seen_with({recent}).front().id == CloudId("recent"));
  }
  SECTION("alone, unless it is what is asked for: as one that was known before the call it is adopted") {
    const std::vector<Sighting> alone = seen_with({});
    REQUIRE(alone.size() == 1);
    CHECK(judge(AttemptOutcome::unknown, alone, true, false) == Verdict::adopt);
    CHECK(judge(AttemptOutcome::partly, alone, true, false) == Verdict::wait);
    CHECK(judge(AttemptOutcome::partly, alone, true, true) == Verdict::absent);
    machine.type = "h200";
    CHECK(seen_with({}).empty());
  }
}

TEST_CASE("a machine that comes after its create was given up is a stray", "[lifecycle]") {
  const auto strays = [](std::vector<OperationRecord> creates) {
    return strays_of(creates, known({ours("late")}), cred).size();
  };
  CHECK(strays({create(OperationState::failed)}) == 1);
  CHECK(strays({create(OperationState::cleaned_up)}) == 1);
  SECTION("not while a create of the RefID goes on") {
    CHECK(strays({create(OperationState::failed), create(OperationState::started)}) == 0);
    CHECK(strays({create(OperationState::failed), create(OperationState::unknown)}) == 0);
  }
  SECTION("also beside the machine of a later create") {
    OperationRecord later = create(OperationState::succeeded);
    later.cloud_id = CloudId("other");
    CHECK(strays({create(OperationState::failed), later}) == 1);
    CHECK(strays({later}) == 0);
  }
  SECTION("not the machine of a create itself") {
    OperationRecord own = create(OperationState::succeeded);
    own.cloud_id = CloudId("late");
    CHECK(strays({create(OperationState::failed), own}) == 0);
  }
  CHECK(strays({}) == 0);
}

}  // namespace tally::lifecycle::create_decision_test
