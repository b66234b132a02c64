// What changes an instance of the imaginary vendor, over real HTTP.
#include <catch2/catch.hpp>

#include "tests/providers/template/site.hpp"

namespace tally::template_lifecycle_test {
using namespace tally::fakes;

namespace {

void check_refused(const Result<>& outcome, Errc kind, const char* code) {
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().kind == kind);
  CHECK(outcome.error().code == code);
  CHECK(outcome.error().certainty == Certainty::nothing_happened);
}

}  // namespace

TEST_CASE("a machine stops, changes its type, starts and reboots", "[providers]") {
  TemplateSite site;
  Account& account = *site.account;
  const InstanceRef instance = site.machine();
  REQUIRE(site.run(account.stops_starts()->stop(instance)));
  CHECK(site.show(instance).status == LifecycleStatus::stopping);
  site.cloud.step(2);
  CHECK(site.show(instance).status == LifecycleStatus::stopped);
  REQUIRE(site.run(account.changes_type()->change_type(instance, "gpu_1x_l40s")));
  CHECK(site.show(instance).type == "gpu_1x_l40s");
  REQUIRE(site.run(account.stops_starts()->start(instance)));
  site.cloud.step(3);
  CHECK(site.show(instance).status == LifecycleStatus::running);
  REQUIRE(site.run(account.reboots()->reboot(instance)));
  CHECK(site.asked("restart") == 1);
}

TEST_CASE("what a machine's state does not allow is a conflict", "[providers]") {
  TemplateSite site;
  Account& account = *site.account;
  const InstanceRef instance = site.machine();
  check_refused(site.run(account.stops_starts()->start(instance)), Errc::conflict, "wrong_state");
  check_refused(site.run(account.changes_type()->change_type(instance, "gpu_1x_l40s")), Errc::conflict, "wrong_state");
  REQUIRE(site.run(account.stops_starts()->stop(instance)));
  check_refused(site.run(account.stops_starts()->stop(instance)), Errc::conflict, "wrong_state");
  check_refused(site.run(account.reboots()->reboot(instance)), Errc::conflict, "wrong_state");
}

TEST_CASE("a change of type that cannot be had says why", "[providers]") {
  TemplateSite site;
  Account& account = *site.account;
  const InstanceRef instance = site.machine();
  REQUIRE(site.run(account.stops_starts()->stop(instance)));
  site.cloud.step(2);
  check_refused(site.run(account.changes_type()->change_type(instance, "none")), Errc::invalid_request,
                "invalid_request");
  site.cloud.control("stock", {{"type", "gpu_1x_l40s"}, {"region", east}, {"available", false}});
  check_refused(site.run(account.changes_type()->change_type(instance, "gpu_1x_l40s")), Errc::insufficient_resources,
                "out_of_stock");
  CHECK(site.asked("change-type") == 2);
}

TEST_CASE("a stop, a start or a reboot whose answer is lost is unknown, and never sent twice", "[providers]") {
  TemplateSite site;
  Account& account = *site.account;
  const InstanceRef instance = site.machine();
  const auto check_lost = [&](const char* operation, const Result<>& outcome) {
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().certainty == Certainty::unknown);
    CHECK(site.asked(operation) == 1);
  };
  site.lose_answers("restart");
  check_lost("restart", site.run(account.reboots()->reboot(instance)));
  site.lose_answers("stop");
  check_lost("stop", site.run(account.stops_starts()->stop(instance)));
  CHECK(site.show(instance).status == LifecycleStatus::stopping);
  site.cloud.step(2);
  site.lose_answers("start");
  check_lost("start", site.run(account.stops_starts()->start(instance)));
  CHECK(site.show(instance).status == LifecycleStatus::pending);
}

TEST_CASE("a disk grows to the next whole GiB, and never shrinks", "[providers]") {
  TemplateSite site;
  ResizesVolumes& can = *site.account->resizes_volumes();
  const InstanceRef instance = site.machine();
  VolumeResize resize;
  resize.size = Bytes((std::int64_t{2'000} << 30U) + 1);
  resize.waits_for_optimizing = true;
  site.lose_answers("resize");
  REQUIRE(site.run(can.resize_volume(instance, resize)));
  CHECK(site.asked("resize") == 2);  // to the same size: the second does nothing more
  CHECK(site.show(instance).disk_size == Bytes(std::int64_t{2'001} << 30U));
  resize.size = Bytes(std::int64_t{10} << 30U);
  check_refused(site.run(can.resize_volume(instance, resize)), Errc::invalid_request, "invalid_request");
}

TEST_CASE("tags are set and removed, and all others stay, our own first", "[providers]") {
  TemplateSite site;
  UpdatesTags& can = *site.account->updates_tags();
  CreateRequest order = TemplateSite::order();
  order.tags = {{"team", "ml"}, {"stage", "test"}};
  const InstanceRef instance(site.create(order)->instance.cloud_id, east);
  TagChanges changes;
  changes["stage"] = std::nullopt;
  changes["team"] = "vision";
  changes["cost \"centre\""] = "47/11 ünï";
  site.lose_answers("update");
  REQUIRE(site.run(can.update_tags(instance, changes)));
  const Instance after = site.show(instance);
  CHECK(after.tags == std::map<std::string, std::string>{{"team", "vision"}, {"cost \"centre\"", "47/11 ünï"}});
  CHECK(after.ref_id == RefId("job-7"));
  CHECK(after.cloud_cred_ref_id == CredentialRef("cred-1"));

  const std::int64_t before = site.asked("update");
  TagChanges theft;
  theft["tallyd-ref-id"] = "another";
  const auto refused = site.run(can.update_tags(instance, theft));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == Errc::invalid_request);
  CHECK(site.asked("update") == before);
}

TEST_CASE("nothing is changed of an instance that does not exist", "[providers]") {
  TemplateSite site;
  Account& account = *site.account;
  const InstanceRef nobody(CloudId("0123456789"), east);
  TagChanges tags;
  tags["team"] = "ml";
  VolumeResize resize;
  resize.size = Bytes(std::int64_t{1} << 40U);
  const char* code = "instance_not_found";
  check_refused(site.run(account.stops_starts()->stop(nobody)), Errc::instance_not_found, code);
  check_refused(site.run(account.stops_starts()->start(nobody)), Errc::instance_not_found, code);
  check_refused(site.run(account.reboots()->reboot(nobody)), Errc::instance_not_found, code);
  check_refused(site.run(account.resizes_volumes()->resize_volume(nobody, resize)), Errc::instance_not_found, code);
  check_refused(site.run(account.updates_tags()->update_tags(nobody, tags)), Errc::instance_not_found, code);
  check_refused(site.run(account.changes_type()->change_type(nobody, "gpu_1x_a10")), Errc::instance_not_found, code);
}

}  // namespace tally::template_lifecycle_test
