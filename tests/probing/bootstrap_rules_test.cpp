#include "probing/bootstrap_rules.hpp"

#include <catch2/catch.hpp>

#include "tests/fakes/rows.hpp"

namespace tally::bootstrap_rules_test {
using namespace std::chrono_literals;

namespace {

BootstrapPlan plan(std::vector<std::string> keys, std::string script) {
  BootstrapPlan plan;
  plan.admin_keys = std::move(keys);
  plan.agent_script = std::move(script);
  return plan;
}

std::vector<PlannedBootstrap> rules() {
  BootstrapRule tagged;
  tagged.only = TagSelector{"role", "trainer"};
  tagged.plan = plan({}, "trainer");
  BootstrapRule all;
  all.plan = plan({"ssh-ed25519 AAAA admin"}, "");
  return planned({tagged, all});
}

}  // namespace

TEST_CASE("plans that differ anywhere have different digests", "[probing]") {
  const std::string digest = plan_sha256(plan({"a", "b"}, "c"));
  CHECK(digest.size() == 64);
  CHECK(digest == plan_sha256(plan({"a", "b"}, "c")));
  CHECK(digest != plan_sha256(plan({"a"}, "c")));
  CHECK(digest != plan_sha256(plan({"ab"}, "c")));
  CHECK(digest != plan_sha256(plan({"b", "a"}, "c")));
  CHECK(digest != plan_sha256(plan({"a", "b"}, "d")));
  CHECK(plan_sha256(plan({"a\nkey 1\nb"}, "")) != plan_sha256(plan({"a", "b"}, "")));
}

TEST_CASE("the first rule that fits is an instance's own, until its plan has come to an end", "[probing]") {
  const auto plans = rules();
  Instance instance = fakes::make_instance("a");
  CHECK(pending_bootstrap(plans, instance, nullptr) == &plans[1]);
  instance.tags["role"] = "server";
  CHECK(pending_bootstrap(plans, instance, nullptr) == &plans[1]);
  instance.tags["role"] = "trainer";
  CHECK(pending_bootstrap(plans, instance, nullptr) == &plans[0]);
  CHECK(pending_bootstrap({}, instance, nullptr) == nullptr);

  BootstrapRecord record = begun(plans[0], instance.cloud_id, nullptr, Timestamp(1h));
  CHECK(pending_bootstrap(plans, instance, &record) == &plans[0]);
  record.state = BootstrapState::failed;
  CHECK(pending_bootstrap(plans, instance, &record) == nullptr);
  record.plan_sha256 = plans[1].sha256;
  CHECK(pending_bootstrap(plans, instance, &record) == &plans[0]);
}

TEST_CASE("attempts are counted from the first one with the plan on", "[probing]") {
  const auto plans = rules();
  const BootstrapRecord first = begun(plans[0], CloudId("a"), nullptr, Timestamp(1h));
  BootstrapReport lost;
  lost.failure = SshFailure{SshStage::exec, "the connection was lost"};
  const BootstrapRecord failed = concluded(first, lost, Timestamp(2h));
  CHECK(failed.state == BootstrapState::started);
  CHECK(failed.error == "exec: the connection was lost");
  CHECK(bootstrap_event(failed, "")->kind == "bootstrap_failed");
  CHECK(bootstrap_event(failed, "")->detail == "exec: the connection was lost");
  CHECK_FALSE(bootstrap_event(failed, "tcp: refused"));
  const BootstrapRecord second = begun(plans[0], CloudId("a"), &failed, Timestamp(3h));
  CHECK(second.attempts == 2);
  CHECK(second.started_at == Timestamp(1h));
  CHECK(begun(plans[1], CloudId("a"), &second, Timestamp(4h)).attempts == 1);

  BootstrapReport done;
  done.exit_status = 0;
  done.output = "hello";
  const BootstrapRecord ended = concluded(second, done, Timestamp(5h));
  CHECK(ended.state == BootstrapState::done);
  CHECK(ended.finished_at == Timestamp(5h));
  CHECK(ended.error.empty());
  CHECK(bootstrap_event(ended, failed.error)->kind == "bootstrap_done");
  done.exit_status = 4;
  CHECK(concluded(second, done, Timestamp(5h)).state == BootstrapState::failed);
  CHECK(bootstrap_event(concluded(second, done, Timestamp(5h)), failed.error)->kind == "bootstrap_failed");
}

TEST_CASE("output is kept bounded and printable", "[probing]") {
  CHECK(printable_output("ok\n\tgr\xc3\xbc\xc3\x9f\xf0\x9f\x98\x80\n") == "ok\n\tgr\xc3\xbc\xc3\x9f\xf0\x9f\x98\x80\n");
  CHECK(printable_output("a\x1b[31mb\rc\x7f") == "a [31mb c ");
  CHECK(printable_output("\xc2\x9b"
                         "x \xff \xc3") == " x ? ?");
  CHECK(printable_output("\xe0\x80\x80|\xed\xa0\x80|\xf5") == "???|???|?");
  CHECK(printable_output(std::string("a\0b", 3)) == "a b");
  const std::string long_output = std::string(100'000, 'x') + "the end";
  CHECK(printable_output(long_output).size() == 16 * 1024);
  CHECK(printable_output(long_output).ends_with("the end"));
  CHECK(printable_output("\xc3\xbc" + std::string(16 * 1024 - 1, 'x')) == std::string(16 * 1024 - 1, 'x'));
}

}  // namespace tally::bootstrap_rules_test
