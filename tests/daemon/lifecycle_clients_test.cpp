// Clients of the real daemon: many at once, ones that leave, and ones that see it restart.
#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <catch2/catch.hpp>
#include <csignal>
#include <memory>
#include <set>

#include "tests/daemon/provider_cloud.hpp"

namespace tally::daemon_lifecycle_clients_test {
using namespace tally::fakes;
namespace json = boost::json;
using Site = ProviderCloud;

namespace {

const std::string live = "FROM instances WHERE is_ended = 0 AND ref_id = ";

/// The machine in what `tallyctl create -o json` has printed among its notes.
std::string machine_in(const std::string& output) {
  const std::size_t begin = output.find("{\"");
  if (begin == std::string::npos) return "";
  const json::value document = json::parse(output.substr(begin, output.find('\n', begin) - begin));
  return json::value_to<std::string>(document.at("instance").at("cloud_id"));
}

}  // namespace

TEST_CASE("fifty clients that create one RefID at once get one machine", "[daemon]") {
  const std::string provider = GENERATE(as<std::string>(), "lambda", "template");
  CAPTURE(provider);
  const Site site(provider);
  const Process daemon(site.daemon());
  std::vector<std::string> words = site.creation("job-1", site.what_can_be_had());
  words.insert(words.end(), {"-o", "json"});
  std::vector<std::unique_ptr<Process>> clients;
  for (int i = 0; i < 50; ++i) clients.push_back(std::make_unique<Process>(site.tallyctl(words)));
  std::set<std::string> machines;
  for (const auto& client : clients) {
    const std::string output = client->read_all();
    INFO(output);
    CHECK(client->wait() == 0);
    machines.insert(machine_in(output));
  }
  CHECK(machines.size() == 1);
  CHECK(site.text("SELECT count(*) FROM operations") == "1");
  site.step(10);
  site.await("count(*) = 1 " + live + "'job-1' AND status = 'running'");

  std::vector<std::string> other = site.creation("job-1", site.what_can_be_had());
  other.insert(other.end(), {"--name", "another"});
  const RunOutcome refused = run(site.tallyctl(other));
  CHECK(refused.exit_code == 1);
  CHECK(refused.output.find("job-1") != std::string::npos);
  CHECK(site.text("SELECT count(*) " + live + "'job-1'") == "1");
}

TEST_CASE("a client that hangs up changes nothing: what it asked for is done once", "[daemon]") {
  const Site site("template");
  const Process daemon(site.daemon());
  const std::vector<std::string> words = site.creation("job-1", site.what_can_be_had());
  {
    Process client(site.tallyctl(words));
    client.read_until("RefID job-1");
    client.signal(SIGKILL);
    client.wait();
  }
  const RunOutcome again = run(site.tallyctl(words));
  INFO(again.output);
  CHECK(again.exit_code == 0);
  CHECK(site.text("SELECT count(*) " + live + "'job-1'") == "1");
  CHECK(site.text("SELECT count(*) FROM operations WHERE state = 'succeeded'") == "1");

  json::object body{{"credential", "sim"}, {"ref_id", "job-2"}, {"public_key", any_public_key}};
  body["type"] = words.at(9);
  body["location"] = words.at(11);
  {
    boost::asio::io_context context;
    boost::asio::local::stream_protocol::socket socket(context);
    socket.connect((site.directory / "tallyd.sock").string());
    const std::string text = json::serialize(body);
    boost::asio::write(socket, boost::asio::buffer("POST /v1/instances HTTP/1.1\r\nHost: x\r\nContent-Length: " +
                                                   std::to_string(text.size()) + "\r\n\r\n" + text));
  }
  site.await("count(*) = 1 FROM operations WHERE ref_id = 'job-2' AND state = 'succeeded'");
  CHECK(site.text("SELECT count(*) " + live + "'job-2'") == "1");
}

TEST_CASE("who waits for a machine goes on when the daemon is killed and comes back", "[daemon]") {
  const Site site("template");
  auto daemon = std::make_unique<Process>(site.daemon());
  std::vector<std::string> words = site.creation("job-1", site.what_can_be_had());
  words.insert(words.end(), {"--wait", "running"});
  Process client(site.tallyctl(words));
  client.read_until(" pending");
  daemon->signal(SIGKILL);
  daemon->wait();
  daemon = std::make_unique<Process>(site.daemon());
  daemon->read_until("syncing ");
  site.step(10);
  const std::string output = client.read_all();
  INFO(output);
  CHECK(client.wait() == 0);
  CHECK(output.find("running at ") != std::string::npos);

  const std::string id = site.text("SELECT cloud_id " + live + "'job-1'");
  Process ending(site.tallyctl({"terminate", id, "--wait", "--yes"}));
  site.await("count(*) = 1 FROM operations WHERE kind = 'terminate' AND state = 'started'");
  daemon->signal(SIGKILL);
  daemon->wait();
  daemon = std::make_unique<Process>(site.daemon());
  daemon->read_until("syncing ");
  await_count(site.cloud, "operations", "terminate", 1);
  site.step(10);
  const std::string gone = ending.read_all();
  INFO(gone);
  CHECK(ending.wait() == 0);
  CHECK(gone.find("is gone") != std::string::npos);
}

TEST_CASE("following ends with 75 and names the operation when the daemon stays away", "[daemon]") {
  bool is_following = false;  // before its time is over
  for (int seconds = 5; !is_following && seconds <= 320; seconds *= 4) {
    const Site site("template");
    Process daemon(site.daemon());
    std::vector<std::string> words = site.creation("job-1", site.what_can_be_had());
    words.insert(words.end(), {"--wait", "running", "--timeout", std::to_string(seconds) + "s"});
    Process client(site.tallyctl(words));
    is_following = client.read_until(" pending").find(" pending") != std::string::npos;
    daemon.signal(SIGKILL);
    daemon.wait();
    const std::string output = client.read_all();
    INFO(output);
    const int code = client.wait();
    if (!is_following) continue;
    CHECK(code == 75);
    const std::string id = site.text("SELECT id FROM operations WHERE kind = 'create'");
    CHECK(output.find("(operation " + id + ")") != std::string::npos);
  }
  CHECK(is_following);
}

TEST_CASE("the cheapest offer is waited for, and the next one taken when it is out of stock", "[daemon]") {
  const Site site("template");
  const Process daemon(site.daemon());
  site.await_offers();
  const std::string gpu = site.text(
      "SELECT gpu_name FROM offers WHERE is_available = 1 AND price_nanos > 0 AND usage_class = 'on-demand' GROUP BY 1 "
      "HAVING count(*) >= 2 ORDER BY 1 LIMIT 1");
  SECTION("the next one") {
    command(site.cloud, "fault", {{"kind", "out_of_stock"}, {"operation", "launch"}, {"count", 1}});
    const RunOutcome made = run(site.tallyctl(site.creation("job-1", {"--gpu", gpu, "--max-price", "1000"})));
    INFO(made.output);
    CHECK(made.exit_code == 0);
    CHECK(site.text("SELECT count(*) " + live + "'job-1'") == "1");
  }
  SECTION("none can be had") {
    const RunOutcome none = run(site.tallyctl(site.creation("job-1", {"--gpu", gpu, "--max-price", "0.000001"})));
    CHECK(none.exit_code == 75);
    // A second may be over before the first look: one client shows that it waits, another that it gives up.
    Process later(
        site.tallyctl(site.creation("job-1", {"--gpu", gpu, "--max-price", "0.000001", "--wait-for-offer", "1h"})));
    CHECK(later.read_until("waiting for one").find("waiting for one") != std::string::npos);
    later.signal(SIGKILL);
    later.wait();
    const RunOutcome given_up = run(site.tallyctl(site.creation(
        "job-1", {"--gpu", gpu, "--max-price", "0.000001", "--wait-for-offer", "1s", "--timeout", "1s"})));
    CHECK(given_up.exit_code == 75);
    CHECK(site.text("SELECT count(*) FROM operations") == "0");
  }
}

}  // namespace tally::daemon_lifecycle_clients_test
