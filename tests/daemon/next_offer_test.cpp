// The cheapest offer of a GPU, with a machine of it that fails after its create was answered.
#include <catch2/catch.hpp>

#include "tests/daemon/provider_cloud.hpp"

namespace tally::daemon_next_offer_test {
using namespace tally::fakes;

TEST_CASE("who waits for the cheapest machine gets one of the next offer when it fails before it ran", "[daemon]") {
  const ProviderCloud site("template");
  const Process daemon(site.daemon());
  site.await_offers();
  const std::string gpu = site.text(
      "SELECT gpu_name FROM offers WHERE is_available = 1 AND price_nanos > 0 AND usage_class = 'on-demand' GROUP BY 1 "
      "HAVING count(*) >= 2 ORDER BY 1 LIMIT 1");
  site.fault({{"kind", "fails_later"}, {"operation", "launch"}, {"count", 1}});
  Process client(site.tallyctl(
      site.creation("job-1", {"--gpu", gpu, "--max-price", "1000", "--wait", "running", "--wait-for-offer", "1h"})));
  const std::string creates = "FROM operations WHERE kind = 'create' AND ref_id = 'job-1'";
  // No step before the cloud has been asked: its stock moves, too. What is listed when nothing moves can be had.
  site.await("count(*) = 1 " + creates + " AND state = 'succeeded'");
  site.step(1);
  site.await("count(*) = 1 " + creates + " AND state = 'cleaned_up'");
  await_count(site.cloud, "operations", "terminate", 1);
  site.step(3);  // the end of the failed machine, which has the RefID until then
  site.await("count(*) = 1 " + creates + " AND state = 'succeeded'");
  site.step_until("count(*) = 1 FROM instances WHERE ref_id = 'job-1' AND is_ended = 0 AND status = 'running'");
  const std::string output = client.read_all();
  INFO(output);
  CHECK(client.wait() == 0);
  CHECK(output.find("running at ") != std::string::npos);
  CHECK(site.text("SELECT count(*) " + creates + " AND state = 'succeeded'") == "1");
  CHECK(site.ordered() == 1);
}

}  // namespace tally::daemon_next_offer_test
