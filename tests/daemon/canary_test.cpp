// Each secret that the daemon is given holds a canary; after everything that the programs can be made to do with it, no
// file, log, answer or process says it. The clouds do their worst: they quote the key.
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "tests/daemon/asking.hpp"
#include "tests/daemon/programs.hpp"
#include "tests/fakes/files.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace tally::canary_test {
namespace {

using namespace fakes;
namespace asio = boost::asio;

const std::string in_vault = "canary-vault-4711-0815";
const std::string in_file = "canary-file-4711-0815";
const std::string passphrase = "canary-passphrase-4711-0815";

/// A line in the midst of a private key's base64, where the sealed half of it is.
std::string inner_line_of(const std::filesystem::path& key) {
  std::stringstream text(text_of(key));
  std::string line;
  for (int i = 0; i < 5; ++i) std::getline(text, line);
  return line;
}

/// Makes a simulated cloud misbehave, `count` times, on requests whose path contains `path`.
void misbehave(const Cloud& cloud, const std::string& path, int status, const std::string& body, int count) {
  command(cloud, "fault", {{"kind", "status"}, {"path", path}, {"status", status}, {"body", body}, {"count", count}});
}

void forgive(const Cloud& cloud) { ask_control(cloud, "DELETE /control/fault"); }

/// The events so far; the stream goes on until the daemon ends.
std::string first_events(const std::filesystem::path& socket_file, const std::string& until) {
  asio::io_context context;
  asio::local::stream_protocol::socket socket(context);
  socket.connect(socket_file.string());
  asio::write(socket, asio::buffer(std::string("GET /v1/events?after=0 HTTP/1.1\r\nHost: x\r\n\r\n")));
  std::string text;
  asio::read_until(socket, asio::dynamic_buffer(text), until);
  return text;
}

}  // namespace

TEST_CASE("no secret is found in any log, file, answer or process, not even when a cloud quotes it",
          "[daemon][canary]") {
  Cloud shadeform({"--provider", "shadeform", "--api-key", in_vault, "--step", "50"});
  Cloud lambda({"--provider", "lambda", "--api-key", in_file, "--step", "50"});
  const TemporaryDirectory directory;
  const std::filesystem::path config = directory / "tallyd.toml";
  const std::filesystem::path secrets = directory / "secrets";
  const std::filesystem::path socket = directory / "run" / "tallyd.sock";
  std::filesystem::create_directory(secrets);
  write_private(secrets / "lambda.json", R"({"api_key": ")" + in_file + "\"}");
  write_private(secrets / "shadeform.json", R"({"api_key": ")" + in_vault + "\"}");
  make_ssh_key(secrets / "fleet", passphrase);
  write_private(secrets / "fleet.pass", passphrase + "\n");
  write_private(secrets / "wrong.pass", "not-the-" + passphrase + "\n");
  const std::string in_key = inner_line_of(secrets / "fleet");
  REQUIRE(in_key.size() > 60);
  std::ofstream(config) << "state_dir = \"" << (directory / "state").string() << "\"\ncontrol_socket = \""
                        << socket.string() << "\"\n[log]\nlevel = \"trace\"\n[vault]\nkey_file = \""
                        << (directory / "vault.key").string()
                        << "\"\n[[credential]]\nref = \"in-file\"\nprovider = \"lambda\"\nfile = \""
                        << (secrets / "lambda.json").string() << "\"\nendpoint = \"" << lambda.endpoint()
                        << "\"\ninstance_interval = \"1s\"\n[[credential]]\nref = \"in-vault\"\nprovider = "
                           "\"shadeform\"\nendpoint = \""
                        << shadeform.endpoint() << "\"\ninstance_interval = \"1s\"\ninstance_type_interval = \"1s\"\n"
                        << "[credential.ssh]\nkey = \"fleet\"\n";
  const auto tallyctl = [&config](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {binary("tallyctl"), "--config", config.string()});
    return run(arguments).output;
  };
  std::string seen = tallyctl({"vault", "init"});
  seen += tallyctl(
      {"credential", "add", "shadeform", "--ref", "in-vault", "--file", (secrets / "shadeform.json").string()});
  for (const char* file : {"wrong.pass", "fleet.pass"}) {
    seen += tallyctl({"credential", "add", "ssh", "--ref", "fleet", "--key", (secrets / "fleet").string(),
                      "--passphrase-file", (secrets / file).string()});
    seen += run({binary("tallyd"), "--config", config.string(), "--check-config"}).output;
  }
  REQUIRE_THAT(seen, Catch::Contains("the passphrase is wrong") && Catch::Contains("key = 'fleet'"));

  Process daemon({binary("tallyd"), "--config", config.string()});
  daemon.read_until("syncing 2 credential");
  const std::filesystem::path state = directory / "state";
  await_catalog(state, "(SELECT count(*) FROM credentials WHERE health = 'fresh') = 2");

  const std::string quote =
      R"({"error_code":"KEY )" + in_vault + R"(","error":"the key )" + in_vault + R"( is unknown"})";
  const std::string row =
      R"({"instances":[{"id":"broken","ip":"1.2.3.4","status":[")" + in_vault + R"("],"name":")" + in_vault +
      R"("},{"id":"good","cloud":"massedcompute","region":"a-usa-1","shade_instance_type":"A6000","status":"active"}]})";
  misbehave(shadeform, "/instances", 400, quote, 1000);
  await_catalog(state, "EXISTS (SELECT 1 FROM sync_states WHERE last_error LIKE '%[redacted]%')");
  seen += tallyctl({"credential", "check", "in-vault", "-o", "json"});
  forgive(shadeform);
  misbehave(shadeform, "/v1/instances", 200, row, 1000);  // the list of types is asked there, too
  await_catalog(state, "EXISTS (SELECT 1 FROM events WHERE kind = 'row_rejected' AND detail LIKE '%[redacted]%')");
  misbehave(lambda, "/instances", 403,
            R"({"error":{"code":"global/invalid-api-key","message":")" + in_file + " is not a key\"}}",
            1000);  // single instances are asked for there, too
  await_catalog(state,
                "EXISTS (SELECT 1 FROM events WHERE credential = 'in-file' AND kind = 'credential_failing' AND detail "
                "LIKE '%[redacted]%')");

  for (const char* target :
       {"/v1/credentials", "/v1/locations", "/v1/instance-types?limit=1000", "/v1/offers?limit=1000", "/v1/best-offers",
        "/v1/instances?limit=1000", "/v1/orphans", "/v1/operations", "/v1/images", "/v1/quotas", "/v1/sync-states",
        "/-/healthy", "/-/ready", "/nowhere"}) {
    seen += ask_daemon(socket, "GET", target);
  }
  seen += ask_daemon(socket, "POST", "/v1/reload");
  seen += first_events(socket, "row_rejected");
  for (const char* command :
       {"offers", "instances", "locations", "events", "orphans", "burn", "status", "health", "providers"}) {
    seen += tallyctl({command, "-o", "json"});
  }
  seen += tallyctl({"credential", "list"});
  seen += tallyctl({"backup", (directory / "backup.db").string()});
  const std::filesystem::path proc = "/proc/" + std::to_string(daemon.pid());
  seen += text_of(proc / "cmdline") + text_of(proc / "environ");
  CHECK_THAT(text_of(proc / "limits"), Catch::Contains("Max core file size        0                    0 "));
  daemon.signal(SIGTERM);
  seen += daemon.read_all();
  CHECK(daemon.wait() == 0);

  REQUIRE(std::filesystem::exists(directory / "backup.db"));
  REQUIRE_THAT(seen, Catch::Contains("[redacted]") && Catch::Contains("is_accepted"));
  std::filesystem::remove_all(secrets);
  for (const std::string& canary : {in_vault, in_file, passphrase, in_key}) {
    const std::size_t at = seen.find(canary);
    CHECK((at == std::string::npos ? "" : seen.substr(at < 200 ? 0 : at - 200, 400)) == std::string());
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory / "")) {
      if (!entry.is_regular_file()) continue;
      INFO(entry.path());
      CHECK(text_of(entry.path()).find(canary) == std::string::npos);
    }
  }
}

}  // namespace tally::canary_test
