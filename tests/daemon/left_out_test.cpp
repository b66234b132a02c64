// A credential that leaves the configuration while operations need it: the real programs and a simulated cloud.
#include <catch2/catch.hpp>
#include <csignal>
#include <memory>

#include "tests/daemon/provider_cloud.hpp"

namespace tally::daemon_left_out_test {
using namespace tally::fakes;

namespace {

const std::string live = "FROM instances WHERE is_ended = 0 AND ref_id = 'job-1'";

/// A machine that the cloud does not let go, though it is being ended.
struct Held : ProviderCloud {
  Held() : ProviderCloud("shadeform", 3, 0), daemon(std::make_unique<Process>(ProviderCloud::daemon())) {
    const RunOutcome made = run(create("job-1"));
    INFO(made.output);
    REQUIRE(made.exit_code == 0);
    step_until("count(*) = 1 " + live + " AND status = 'running'");
    fault({{"kind", "status"}, {"operation", "terminate"}, {"status", 503}, {"count", -1}});
    asking = std::make_unique<Process>(tallyctl({"terminate", text("SELECT cloud_id " + live), "--yes"}));
    await_count(cloud, "operations", "terminate", 1);
  }
  void leave_out_the_credential() const {
    write_private(config, "state_dir = \"" + state.string() + "\"\ncontrol_socket = \"" + socket.string() + "\"\n");
  }

  std::unique_ptr<Process> daemon;
  std::unique_ptr<Process> asking;
};

}  // namespace

TEST_CASE("a credential that is left out is kept, read-only, until its operations are over", "[daemon]") {
  const Held site;
  site.leave_out_the_credential();
  site.daemon->signal(SIGHUP);
  site.await("count(*) = 1 FROM credentials WHERE is_read_only = 1 AND removed_at_ms IS NULL");
  ask_control(site.cloud, "DELETE /control/fault");
  site.step_until("count(*) = 1 FROM operations WHERE kind = 'terminate' AND state = 'succeeded'");
  CHECK(site.ordered() == 0);
  site.await("count(*) = 1 FROM credentials WHERE health = 'removed'");
  CHECK(site.text("SELECT count(*) FROM events WHERE kind = 'operation_abandoned'") == "0");
}

TEST_CASE("an operation whose credential is not there when the daemon starts is told of, and goes on when it is back",
          "[daemon]") {
  Held site;
  const std::string configuration = text_of(site.config);
  site.daemon->signal(SIGKILL);
  site.daemon->wait();
  site.leave_out_the_credential();
  site.daemon = std::make_unique<Process>(site.ProviderCloud::daemon());
  site.await("count(*) = 1 FROM events WHERE kind = 'operation_abandoned'");
  CHECK(site.text("SELECT reason FROM orphans") == "unknown_credential");
  ask_control(site.cloud, "DELETE /control/fault");
  write_private(site.config, configuration);
  site.daemon->signal(SIGHUP);
  site.step_until("count(*) = 1 FROM operations WHERE kind = 'terminate' AND state = 'succeeded'");
  CHECK(site.ordered() == 0);
}

}  // namespace tally::daemon_left_out_test
