// Against Dropbear and TinySSH: other implementations, other choices of algorithms.
#include <catch2/catch.hpp>

#include "ssh/ssh_prober.hpp"
#include "tests/fakes/await.hpp"
#include "tests/ssh/support/call.hpp"
#include "tests/ssh/support/servers.hpp"

namespace tally::small_servers_test {
using namespace tally::fakes;
using namespace std::chrono_literals;

namespace {

std::string words(const SshReport& report) { return report.failure ? report.failure->message : ""; }

void check_all(SmallServer& server, const Home& home) {
  SshProber prober;
  const SshRun run = call(prober.run(server.target(), command("cat; echo $HOME >&2; exit 5", "to and fro")));
  INFO(words(run.report) << server.log());
  REQUIRE_FALSE(run.report.failure);
  CHECK(run.output.out == "to and fro");
  CHECK(run.output.err == home.home().string() + "\n");
  CHECK(run.output.exit_status == 5);

  const std::string large(300'000, 'x');
  const SshRun echo = call(prober.run(server.target(), command("cat | wc -c", large)));
  INFO(words(echo.report) << server.log());
  CHECK(echo.output.out == "300000\n");

  SshFile file;
  file.path = "file";
  file.content = large;
  const SshReport upload = call(prober.upload(server.target(), file, longest_wait));
  INFO(words(upload) << server.log());
  CHECK_FALSE(upload.failure);
  CHECK(text_of(home.home() / "file") == large);

  SshTarget stranger = server.target();
  stranger.key = load_key(make_key(home.directory, "stranger", "ed25519"));
  const SshReport refused = call(prober.probe(stranger, longest_wait));
  REQUIRE(refused.failure);
  CHECK(refused.failure->stage == SshStage::auth);

  SshTarget expecting = server.target();
  expecting.expected = {*run.report.host_key};
  CHECK_FALSE(call(prober.probe(expecting, longest_wait)).failure);
  expecting.expected[0].fingerprint.back() ^= 1;
  CHECK(call(prober.probe(expecting, longest_wait)).failure->stage == SshStage::host_key);
}

}  // namespace

TEST_CASE("Dropbear takes contacts, commands and files, with every type of host key", "[ssh]") {
  const std::string type = GENERATE(as<std::string>(), "ed25519", "rsa", "ecdsa");
  const Home home;
  Dropbear server(home, type);
  check_all(server, home);
}

TEST_CASE("TinySSH takes contacts, commands and files", "[ssh]") {
  const Home home;
  TinySsh server(home);
  check_all(server, home);
}

TEST_CASE("an RSA key logs in to Dropbear, which signs nothing with SHA-1 for it", "[ssh]") {
  const Home home;
  Dropbear server(home);
  SshTarget target = server.target();
  target.key = load_key(make_key(home.directory, "rsa", "rsa"));
  home.allow(text_of(home.directory / "rsa.pub"));
  SshProber prober;
  const SshReport report = call(prober.probe(target, longest_wait));
  INFO(words(report) << server.log());
  CHECK_FALSE(report.failure);
}

TEST_CASE("TinySSH sends no signature algorithms: an RSA key fails in plain words, never with SHA-1", "[ssh]") {
  const Home home;
  TinySsh server(home);
  SshTarget target = server.target();
  target.key = load_key(make_key(home.directory, "rsa", "rsa"));
  SshProber prober;
  const SshReport report = call(prober.probe(target, longest_wait));
  REQUIRE(report.failure);
  CHECK(report.failure->stage == SshStage::auth);
  CHECK(report.failure->message.find("SHA-1") != std::string::npos);
}

}  // namespace tally::small_servers_test
