// A reboot at Nebius is a stop and a start. However it goes, no machine is left stopped without a word.
#include <catch2/catch.hpp>

#include "providers/nebius/dialect.hpp"
#include "providers/nebius/protos/common.pb.h"
#include "tests/providers/nebius/messages.hpp"
#include "tests/providers/recorded_account.hpp"

namespace tally::nebius_reboot_test {
using namespace tally::fakes;
namespace common = ::nebius::common::v1;
namespace compute = ::nebius::compute::v1;
using State = compute::InstanceStatus;

namespace {

common::Status status_of(int code, const std::string& detail) {
  common::Status status;
  status.set_code(code);
  auto& any = *status.add_details();
  any.set_type_url("type.googleapis.com/nebius.common.v1.ServiceError");
  any.set_value(message_of<common::ServiceError>(detail).SerializeAsString());
  return status;
}

Response done(const common::Status& status = {}) {
  common::Operation operation;
  operation.set_id("operation-1");
  operation.set_resource_id("computeinstance-e00ours");
  *operation.mutable_status() = status;
  Response answer;
  answer.status = 200;
  answer.body = operation.SerializeAsString();
  return answer;
}

/// A machine that stops and starts when the test says so.
class Site : public RecordedAccount {
 public:
  explicit Site(Remembered values = {}) : RecordedAccount(*find_provider("nebius"), std::move(values)) {
    http.script = [this](const FakeHttp::Sent& call) { return answer(call); };
  }

  Result<> reboot() { return run_through((*this)->reboots()->reboot(instance)); }
  Result<> stop() { return run_through((*this)->stops_starts()->stop(instance)); }
  Result<> start() { return run_through((*this)->stops_starts()->start(instance)); }

  State::InstanceState state = State::RUNNING;
  bool stops_at_once = true;
  std::optional<common::Status> failure;  // of the next starts
  std::optional<Response> stop_refusal;
  int stops = 0;
  int starts = 0;

 private:
  std::optional<Response> answer(const FakeHttp::Sent& call) {
    if (call.url.ends_with("InstanceService/Stop")) {
      ++stops;
      if (stop_refusal) return stop_refusal;
      state = stops_at_once ? State::STOPPED : State::STOPPING;
      return done();
    }
    if (call.url.ends_with("InstanceService/Start")) {
      ++starts;
      if (failure) return done(*failure);
      state = State::RUNNING;
      return done();
    }
    if (!call.url.ends_with("InstanceService/Get")) return std::nullopt;
    compute::Instance machine;
    machine.mutable_metadata()->set_id("computeinstance-e00ours");
    machine.mutable_metadata()->set_parent_id("project-e00north");
    machine.mutable_status()->set_state(state);
    Response answer;
    answer.status = 200;
    answer.body = machine.SerializeAsString();
    return answer;
  }
};

}  // namespace

TEST_CASE("a reboot of Nebius's stops a machine, and starts it when it has stopped", "[nebius]") {
  Site site;
  REQUIRE(site.reboot());
  CHECK(site.stops == 1);
  CHECK(site.starts == 1);
  REQUIRE(site.reboot());  // another one
  CHECK(site.stops == 2);
  CHECK(site.starts == 2);
}

TEST_CASE("a reboot that takes longer than a call may says so in time, and goes on when it is asked for again",
          "[nebius]") {
  Site site;
  site.stops_at_once = false;
  const TimePoint begun = site.clock.now();
  const auto late = site.reboot();
  REQUIRE_FALSE(late);
  CHECK(late.error().kind == Errc::service_unavailable);
  CHECK(late.error().certainty == Certainty::unknown);
  CHECK(late.error().retry_after);
  CHECK_THAT(late.error().advice, Catch::Contains("ask for the reboot again"));
  CHECK(site.clock.now() - begun < std::chrono::seconds(120));  // of three minutes, with time for a start
  REQUIRE_FALSE(site.reboot());                                 // it still stops
  CHECK(site.stops == 1);
  Site restarted(site.cache.values);
  restarted.clock.advance(std::chrono::hours(1));
  restarted.state = State::STOPPED;
  REQUIRE(restarted.reboot());
  CHECK(restarted.stops == 0);
  CHECK(restarted.starts == 1);
  CHECK(restarted.state == State::RUNNING);
  REQUIRE(restarted.reboot());
  CHECK(restarted.stops == 1);
}

TEST_CASE("a reboot whose start finds no capacity says that the machine is stopped, and starts it the next time",
          "[nebius]") {
  Site site;
  site.failure = status_of(8, "not_enough_resources { violations { resource_type: \"gpu\" message: \"none\" } }");
  const auto refused = site.reboot();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == Errc::insufficient_resources);
  CHECK(refused.error().certainty == Certainty::unknown);
  CHECK_THAT(refused.error().advice, Catch::Contains("is stopped"));
  site.failure.reset();
  REQUIRE(site.reboot());
  CHECK(site.stops == 1);
  CHECK(site.state == State::RUNNING);
}

TEST_CASE("a machine that is stopped on purpose is started by no reboot", "[nebius]") {
  Site site;
  site.state = State::STOPPED;
  const auto refused = site.reboot();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == Errc::conflict);
  CHECK(site.starts == 0);
  Site unfinished;
  unfinished.failure = status_of(8, "not_enough_resources { }");
  REQUIRE_FALSE(unfinished.reboot());
  unfinished.failure.reset();
  REQUIRE(unfinished.stop());
  CHECK(unfinished.reboot().error().kind == Errc::conflict);
  REQUIRE(unfinished.start());
  CHECK(unfinished.reboot());
}

TEST_CASE("a reboot that the vendor does not begin leaves nothing to go on with", "[nebius]") {
  Site site;
  site.stop_refusal = nebius::answer_of(status_of(7, "permission_denied { }"));
  CHECK(site.reboot().error().kind == Errc::forbidden);
  site.stop_refusal.reset();
  site.state = State::STOPPED;
  CHECK(site.reboot().error().kind == Errc::conflict);
  CHECK(site.starts == 0);
}

TEST_CASE("a machine that stands still already is stopped, whatever the vendor calls that", "[nebius]") {
  Site site;
  site.stop_refusal = nebius::answer_of(status_of(9, "bad_resource_state { message: \"is stopped\" }"));
  CHECK(site.stop().error().kind == Errc::conflict);
  site.state = State::STOPPED;
  CHECK(site.stop());
}

}  // namespace tally::nebius_reboot_test
