// Machines made, looked for and ended by the real programs at simulated clouds, with a daemon that is killed on the
// way.
#include <catch2/catch.hpp>
#include <csignal>

#include "tests/daemon/lifecycle_site.hpp"

namespace tally::daemon_lifecycle_test {
using namespace tally::fakes;
using Site = LifecycleSite;

TEST_CASE("a machine is made, found again after a kill, and ended, at every provider that does", "[daemon]") {
  const std::string provider = GENERATE(as<std::string>(), "lambda", "shadeform", "template");
  CAPTURE(provider);
  const Site site(provider);
  {
    Process daemon(site.daemon());
    site.await("count(*) > 0 " + available);
    const RunOutcome made = site.create("job-1");
    INFO(made.output);
    REQUIRE(made.exit_code == 0);
    CHECK(site.text("SELECT count(*) " + live + "'job-1'") == "1");
    CHECK(site.text("SELECT state FROM operations WHERE kind = 'create'") == "succeeded");
    daemon.signal(SIGKILL);
    daemon.wait();
  }
  Process daemon(site.daemon());
  daemon.read_until("syncing ");
  site.step(10);
  site.await("count(*) = 1 " + live + "'job-1' AND status = 'running'");
  const std::string id = site.text("SELECT cloud_id " + live + "'job-1'");
  const RunOutcome ended = site.tallyctl({"terminate", id, "--yes"});
  INFO(ended.output);
  CHECK(ended.exit_code == 0);
  site.step(10);
  const RunOutcome gone = site.tallyctl({"terminate", id, "--wait", "--yes"});
  INFO(gone.output);
  CHECK(gone.exit_code == 0);
  CHECK(site.text("SELECT count(*) " + live + "'job-1'") == "0");
  CHECK(site.text("SELECT count(*) FROM operations WHERE finished_at_ms IS NULL") == "0");
  daemon.signal(SIGTERM);
  CHECK(daemon.wait() == 0);
}

TEST_CASE("a create whose answer is lost comes to one machine at most, and the journal has it", "[daemon]") {
  const std::string provider = GENERATE(as<std::string>(), "lambda", "shadeform", "template");
  const bool is_done = GENERATE(true, false);
  CAPTURE(provider, is_done);
  const Site site(provider);
  Process daemon(site.daemon());
  site.await("count(*) > 0 " + available);
  command(site.cloud, "fault", {{"kind", "reset"}, {"operation", "launch"}, {"done", is_done}});
  const RunOutcome made = site.create("job-1");
  INFO(made.output);
  site.await("count(*) = 1 FROM operations WHERE kind = 'create' AND finished_at_ms IS NOT NULL");
  const std::string state = site.text("SELECT state FROM operations WHERE kind = 'create'");
  const bool is_made = state == "succeeded" || state == "adopted";
  CHECK(is_made == (is_done || provider == "template"));  // which is asked again under the same token
  CHECK(site.text("SELECT count(*) " + live + "'job-1'") == (is_made ? "1" : "0"));
}

}  // namespace tally::daemon_lifecycle_test
