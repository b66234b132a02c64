// Against a real sshd and this machine's shells.
#include "ssh/bootstrap.hpp"

#include <catch2/catch.hpp>

#include "ssh/ssh_prober.hpp"
#include "tests/ssh/support/call.hpp"
#include "tests/ssh/support/servers.hpp"

using namespace tally;
using namespace tally::fakes;
using namespace std::chrono_literals;

namespace {

struct World {
  Home home;
  Sshd sshd{home};
  SshProber prober;
  BootstrapReport run(const BootstrapPlan& plan) { return call(bootstrap(prober, sshd.target(), plan, 60s)); }
  std::string file(const std::string& name) const { return read_file(home.home() / name); }
  std::string new_key(const std::string& name) const {
    std::string line = read_file(make_key(home.directory, name, "ed25519") + ".pub");
    line.pop_back();
    return line;
  }
};

}  // namespace

TEST_CASE("administrators' keys are added once, and other lines stay byte for byte", "[ssh]") {
  World world;
  const std::string before = world.file(".ssh/authorized_keys") + "# a comment\r\n\n  \tno-pty ssh-rsa AAAA  x  ";
  write_file(world.home.authorized_keys(), before);
  BootstrapPlan plan;
  plan.admin_keys = {world.new_key("first"), world.new_key("second")};
  const BootstrapReport report = world.run(plan);
  INFO((report.failure ? report.failure->message : "") << world.sshd.log());
  REQUIRE_FALSE(report.failure);
  CHECK(report.keys_added == 2);
  const std::string after = world.file(".ssh/authorized_keys");
  CHECK(after == before + "\n" + plan.admin_keys[0] + "\n" + plan.admin_keys[1] + "\n");

  CHECK(world.run(plan).keys_added == 0);
  CHECK(world.file(".ssh/authorized_keys") == after);
}

TEST_CASE("an agent's script runs once, and its output and exit status come back", "[ssh]") {
  World world;
  BootstrapPlan plan;
  plan.agent_script = "#!/bin/sh\necho ran >> \"$HOME/runs\"\necho out\necho err >&2\nexit 3\n";
  const BootstrapReport first = world.run(plan);
  INFO((first.failure ? first.failure->message : "") << world.sshd.log());
  REQUIRE_FALSE(first.failure);
  CHECK(first.exit_status == 3);
  CHECK(first.output == "out\nerr\n");
  CHECK_FALSE(first.was_done_before);
  const BootstrapReport second = world.run(plan);
  REQUIRE_FALSE(second.failure);
  CHECK(second.exit_status == 3);
  CHECK(second.output == "out\nerr\n");
  CHECK(second.was_done_before);
  CHECK(world.file("runs") == "ran\n");
}
