// Notifications from the real tallyd: a simulated cloud in which things happen, and receivers who are told.
#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <map>
#include <set>
#include <sstream>

#include "notify/body.hpp"
#include "tests/daemon/asking.hpp"
#include "tests/fakes/files.hpp"
#include "tests/fakes/hook_server.hpp"
#include "tests/fakes/slow_build.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace tally::notify_end_to_end_test {
using namespace tally::fakes;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

const std::string key = "s3cret-key";
const std::string kinds = R"(["instance_added", "instance_changed", "instance_ended", "type_changed"])";
const std::string is_told = " kind IN ('instance_added', 'instance_changed', 'instance_ended', 'type_changed')";

struct NotifySite {
  TemporaryDirectory directory;
  std::filesystem::path config = directory / "tallyd.toml";
  std::filesystem::path state = directory / "state";
  std::filesystem::path socket = directory / "tallyd.sock";
  Cloud cloud{{"--api-key", "canary-4711", "--step", "50"}};

  explicit NotifySite(const std::string& rules) {
    write_private(directory / "key.json", "{\"api_key\": \"canary-4711\"}");
    write_private(directory / "notify.key", key + "\n");
    configure(rules);
  }
  void configure(const std::string& rules) {
    write_private(config, "state_dir = \"" + state.string() + "\"\ncontrol_socket = \"" + socket.string() +
                              "\"\n[[credential]]\nref = \"sim\"\nprovider = \"lambda\"\nfile = \"" +
                              (directory / "key.json").string() + "\"\nendpoint = \"" + cloud.endpoint() +
                              "\"\ninstance_type_interval = \"1s\"\ninstance_interval = \"1s\"\n" + rules);
  }
  [[nodiscard]] std::vector<std::string> command() const { return {binary("tallyd"), "--config", config.string()}; }
  [[nodiscard]] RunOutcome test(const std::string& rule) const {
    return run({binary("tallyctl"), "--config", config.string(), "notify", "test", rule});
  }
  void await(const std::string& condition) const { await_catalog(state, condition); }
  [[nodiscard]] std::string one(const std::string& what) const {
    return sql_text(Reader(state / "catalog.db").query("SELECT " + what).rows.at(0).at(0));
  }
};

std::string hook_rule(const std::string& name, const std::string& url, const std::string& more = "") {
  return "[[notify]]\nname = \"" + name + "\"\nevents = " + kinds + "\nurl = \"" + url + "\"\n" + more;
}

/// The subjects whose events came out of order. One may come again: a kill can hide that it was taken.
std::set<std::string> out_of_order(const std::vector<json::object>& documents) {
  std::map<std::string, std::int64_t> last;
  std::set<std::string> wrong;
  for (const json::object& document : documents) {
    const json::object& event = document.at("event").as_object();
    if (event.at("kind") == "test") continue;
    const std::string subject(event.at("subject_id").as_string());
    const std::int64_t id = event.at("id").as_int64();
    if (id < last[subject]) wrong.insert(subject);
    last[subject] = id;
  }
  return wrong;
}

}  // namespace

TEST_CASE("what happens is told by webhook and command, over a kill, whole and in order", "[daemon]") {
  HookServer server;
  server.refuse(true);
  NotifySite site("");
  const std::string told = (site.directory / "told").string();
  const std::string signs = "secret_file = \"" + (site.directory / "notify.key").string() + "\"\n";
  site.configure(hook_rule("hook", server.url("/s3cret-path"), signs) + "[[notify]]\nname = \"told\"\nevents = " +
                 kinds + "\ncommand = [\"/bin/sh\", \"-c\", \"cat >>" + told + "\"]\n");
  std::string log;
  {
    Process daemon(site.command());
    site.await("count(*) >= 4 FROM deliveries WHERE notify = 'hook' AND state = 'waiting' AND attempts > 0");
    daemon.signal(SIGKILL);
    daemon.wait();
    log += daemon.read_all();
  }
  server.refuse(false);
  Process daemon(site.command());
  for (const std::string rule : {"hook", "told"}) {
    site.await("count(*) > 50 FROM deliveries WHERE state = 'delivered' AND notify = '" + rule + "'");
    CHECK(site.test(rule).exit_code == 0);
  }
  CHECK(ask_daemon(site.socket, "GET", "/metrics")
            .find("tallyd_notifications_total{name=\"hook\",result=\"delivered\"}") != std::string::npos);
  daemon.signal(SIGTERM);
  log += daemon.read_all();
  CHECK(daemon.wait() == 0);
  CHECK(log.find("s3cret") == std::string::npos);

  std::vector<json::object> hooks;
  std::set<std::int64_t> numbers;
  for (const HookRequest& request : server.taken()) {
    hooks.push_back(json::parse(request.body).as_object());
    numbers.insert(hooks.back().at("delivery").as_int64());
    CHECK(request.head.find("X-Tallyd-Signature: " + notify::signature(request.body, Secret(key))) !=
          std::string::npos);
  }
  CHECK(numbers.size() == hooks.size());
  CHECK(out_of_order(hooks) == std::set<std::string>());
  Reader reader(site.state / "catalog.db");
  for (const auto& row : reader.query("SELECT id FROM deliveries WHERE notify = 'hook' AND state = 'delivered'").rows) {
    CHECK(numbers.contains(std::get<std::int64_t>(row.front())));
  }
  CHECK(
      site.one("count(*) FROM events e WHERE" + is_told +
               " AND id BETWEEN (SELECT min(event_id) FROM deliveries) AND (SELECT max(event_id) FROM deliveries) AND "
               "2 > (SELECT count(*) FROM deliveries d WHERE d.event_id = e.id)") == "0");

  std::vector<json::object> commands;
  std::istringstream lines(text_of(told));
  for (std::string line; std::getline(lines, line);) commands.push_back(json::parse(line).as_object());
  CHECK(commands.size() > 50);
  CHECK(out_of_order(commands) == std::set<std::string>());
}

TEST_CASE("a reload changes who is told, and a wrong one changes nothing", "[daemon]") {
  HookServer server;
  NotifySite site(hook_rule("first", server.url()));
  Process daemon(site.command());
  daemon.read_until("syncing");
  CHECK(site.test("first").exit_code == 0);
  site.configure(hook_rule("second", "http://192.0.2.1/"));
  CHECK(ask_daemon(site.socket, "POST", "/v1/reload").starts_with("HTTP/1.1 409"));
  CHECK(site.test("first").exit_code == 0);
  site.configure(hook_rule("second", server.url()));
  CHECK(ask_daemon(site.socket, "POST", "/v1/reload").starts_with("HTTP/1.1 200"));
  CHECK(site.test("second").exit_code == 0);
  const RunOutcome gone = site.test("first");
  CHECK(gone.exit_code == 1);
  CHECK(gone.output.find("no rule of notifications is called first") != std::string::npos);
}

TEST_CASE("a receiver that hangs delays neither polls nor a stop", "[daemon]") {
  HookServer server({"", "", "", ""});
  NotifySite site(hook_rule("hook", server.url()));
  Process daemon(site.command());
  server.await_requests(4);
  const std::string polled = site.one("max(last_success_at_ms) FROM sync_states");
  site.await("min(last_success_at_ms) > " + polled + " + 2000 FROM sync_states");
  daemon.signal(SIGTERM);
  const auto asked = std::chrono::steady_clock::now();
  CHECK(daemon.wait() == 0);
  if (!is_slow_build) CHECK(std::chrono::steady_clock::now() - asked < 5s);
  CHECK(site.one("count(*) >= 4 FROM deliveries WHERE state = 'waiting'") == "1");
}

}  // namespace tally::notify_end_to_end_test
