// Against a real sshd and this machine's shells.
#include "ssh/bootstrap.hpp"

#include <catch2/catch.hpp>
#include <future>

#include "ssh/bootstrap_scripts.hpp"
#include "ssh/ssh_prober.hpp"
#include "tests/fakes/await.hpp"
#include "tests/ssh/support/call.hpp"
#include "tests/ssh/support/servers.hpp"

namespace tally::bootstrap_test {
using namespace tally::fakes;
using namespace std::chrono_literals;

namespace {

struct World {
  Home home;
  Sshd sshd{home};
  SshProber prober;
  BootstrapReport run(const BootstrapPlan& plan) { return call(bootstrap(prober, sshd.target(), plan, longest_wait)); }
  std::string file(const std::string& name) const { return text_of(home.home() / name); }
  std::string new_key(const std::string& name) const {
    std::string line = text_of(make_key(home.directory, name, "ed25519") + ".pub");
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

namespace {

/// What a script wrote into a pipe of the test's: waits for it.
void await_word(const std::filesystem::path& pipe) {
  std::string word;
  std::ifstream(pipe) >> word;
}

/// Lets a script go on that reads from the pipe.
void give_word(const std::filesystem::path& pipe) { std::ofstream(pipe) << "go\n"; }

void make_pipe(const std::filesystem::path& path) { REQUIRE(mkfifo(path.c_str(), 0600) == 0); }

std::filesystem::path state_directory(const World& world, const BootstrapPlan& plan) {
  return world.home.home() / ".tallyd" / agent_name(plan.agent_script);
}

BootstrapPlan script(const std::string& lines) {
  BootstrapPlan plan;
  plan.agent_script = "#!/bin/sh\necho run >> \"$HOME/runs\"\n" + lines;
  return plan;
}

/// Records what it is asked, and fails.
class FailingProber final : public Prober {
 public:
  boost::asio::awaitable<SshReport> probe(SshTarget, std::chrono::milliseconds) override { co_return SshReport{}; }
  boost::asio::awaitable<SshRun> run(SshTarget, SshCommand) override {
    ++runs;
    SshRun failed;
    failed.report.failure = SshFailure{SshStage::kex, "no"};
    co_return failed;
  }
  boost::asio::awaitable<SshReport> upload(SshTarget, SshFile, std::chrono::milliseconds) override {
    ++uploads;
    co_return SshReport{};
  }
  int runs = 0;
  int uploads = 0;
};

}  // namespace

TEST_CASE("a script that runs when we are killed runs on, and is waited for after the restart", "[ssh]") {
  World world;
  make_pipe(world.home.home() / "started");
  make_pipe(world.home.home() / "go");
  const BootstrapPlan plan = script("echo yes > \"$HOME/started\"\nread word < \"$HOME/go\"\necho complete\n");
  auto prober = std::make_unique<SshProber>();
  auto first = std::async(std::launch::async, [&world, &plan, &running = *prober] {
    try {
      call(bootstrap(running, world.sshd.target(), plan, longest_wait));
      return false;
    } catch (const boost::system::system_error&) {
      return true;
    }
  });
  await_word(world.home.home() / "started");
  prober.reset();
  world.sshd.inetd().kill_connections();
  CHECK(first.get());

  auto second = std::async(std::launch::async, [&] { return world.run(plan); });
  give_word(world.home.home() / "go");
  const BootstrapReport report = second.get();
  INFO((report.failure ? report.failure->message : ""));
  REQUIRE_FALSE(report.failure);
  CHECK(report.exit_status == 0);
  CHECK(report.output == "complete\n");
  CHECK(world.file("runs") == "run\n");
}

TEST_CASE("a script that a reboot cut off runs again", "[ssh]") {
  World world;
  make_pipe(world.home.home() / "started");
  make_pipe(world.home.home() / "never");
  const BootstrapPlan plan =
      script("[ -e \"$HOME/rebooted\" ] && exit 0\necho yes > \"$HOME/started\"\nread word < \"$HOME/never\"\n");
  auto first = std::async(std::launch::async, [&] { return world.run(plan); });
  await_word(world.home.home() / "started");
  write_file(world.home.home() / "rebooted", "");
  // The same call sees that it is gone.
  const pid_t runner = std::stoi(text_of(state_directory(world, plan) / "lock.1"));
  REQUIRE(kill(-runner, SIGKILL) == 0);
  const BootstrapReport report = first.get();
  INFO((report.failure ? report.failure->message : ""));
  REQUIRE_FALSE(report.failure);
  CHECK(report.exit_status == 0);
  CHECK(world.file("runs") == "run\nrun\n");
}

TEST_CASE("a lock from before the last boot keeps nobody out, even when its process number is in use", "[ssh]") {
  World world;
  const BootstrapPlan plan = script("");
  std::filesystem::create_directories(state_directory(world, plan));
  write_file(state_directory(world, plan) / "lock.1", std::to_string(getpid()) + " 1 another-boot\n");
  CHECK(world.run(plan).exit_status == 0);
  CHECK(world.file("runs") == "run\n");
}

TEST_CASE("a script that was cut off five times is given up", "[ssh]") {
  World world;
  const BootstrapPlan plan = script("");
  std::filesystem::create_directories(state_directory(world, plan));
  for (const char* name : {"lock.1", "lock.2", "lock.3", "lock.4", "lock.5"}) {
    write_file(state_directory(world, plan) / name, "1 1 another-boot\n");
  }
  const BootstrapReport report = world.run(plan);
  REQUIRE(report.failure);
  CHECK(report.failure->message.find("five times") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(world.home.home() / "runs"));
}

TEST_CASE("bootstraps at the same time run the script once, and all learn how it ended", "[ssh]") {
  World world;
  const BootstrapPlan plan = script("echo word\nexit 9\n");
  std::vector<std::future<BootstrapReport>> all;
  for (int i = 0; i < 4; ++i) all.push_back(std::async(std::launch::async, [&] { return world.run(plan); }));
  for (auto& one : all) {
    const BootstrapReport report = one.get();
    CHECK(report.exit_status == 9);
    CHECK(report.output == "word\n");
  }
  CHECK(world.file("runs") == "run\n");
}

TEST_CASE("another script runs once more, the same one not", "[ssh]") {
  World world;
  CHECK(world.run(script("exit 1\n")).exit_status == 1);
  CHECK(world.run(script("exit 2\n")).exit_status == 2);
  CHECK(world.run(script("exit 1\n")).exit_status == 1);
  CHECK(world.file("runs") == "run\nrun\n");
}

TEST_CASE("a script's output is bounded, also while it runs", "[ssh]") {
  World world;
  const BootstrapPlan plan = script("head -c 3000000 /dev/zero | tr '\\0' x\nexit 0\n");
  const BootstrapReport report = world.run(plan);
  INFO((report.failure ? report.failure->message : ""));
  REQUIRE_FALSE(report.failure);
  CHECK(report.exit_status == 0);
  CHECK(report.output == std::string(agent_output_limit, 'x'));
}

TEST_CASE("a service that the script starts does not hold up its end", "[ssh]") {
  World world;
  const BootstrapReport report = world.run(script("sleep 1000 &\necho $!\n"));
  REQUIRE_FALSE(report.failure);
  CHECK(report.exit_status == 0);
  REQUIRE_FALSE(report.output.empty());
  CHECK(kill(std::stoi(report.output), SIGKILL) == 0);
}

TEST_CASE("a script that does not end in time is a failure, and goes on", "[ssh]") {
  World world;
  make_pipe(world.home.home() / "go");
  const BootstrapPlan plan = script("read word < \"$HOME/go\"\n");
  const BootstrapReport late = call(bootstrap(world.prober, world.sshd.target(), plan, 4s));
  REQUIRE(late.failure);
  CHECK_FALSE(late.exit_status);
  auto second = std::async(std::launch::async, [&] { return world.run(plan); });
  give_word(world.home.home() / "go");
  CHECK(second.get().exit_status == 0);
  CHECK(world.file("runs") == "run\n");
}

TEST_CASE("a failure of a contact ends the bootstrap with its stage", "[ssh]") {
  FailingProber prober;
  const BootstrapReport report = call(bootstrap(prober, SshTarget{}, script(""), longest_wait));
  REQUIRE(report.failure);
  CHECK(report.failure->stage == SshStage::kex);
  CHECK(prober.runs == 1);
  CHECK(prober.uploads == 0);
}

TEST_CASE("what is no public key reaches no machine, and an empty plan asks none", "[ssh]") {
  FailingProber prober;
  BootstrapPlan plan;
  CHECK_FALSE(call(bootstrap(prober, SshTarget{}, plan, longest_wait)).failure);
  plan.admin_keys = {"ssh-ed25519 nonsense"};
  CHECK(call(bootstrap(prober, SshTarget{}, plan, longest_wait)).failure);
  CHECK(prober.runs == 0);
}

namespace {

/// A server whose every login runs `lines` instead of what it is asked for; $asked runs that.
struct ForcedWorld {
  explicit ForcedWorld(const std::string& lines) : home(), sshd(home, options(home, lines)) {}
  BootstrapReport run(const BootstrapPlan& plan) { return call(bootstrap(prober, sshd.target(), plan, longest_wait)); }
  Home home;
  Sshd sshd;
  SshProber prober;

 private:
  static SshdOptions options(const Home& home, const std::string& lines) {
    const std::filesystem::path forced = home.directory / "forced";
    write_file(forced, "#!/bin/sh\nasked() { exec sh -c \"$SSH_ORIGINAL_COMMAND\"; }\n" + lines);
    std::filesystem::permissions(forced, std::filesystem::perms::owner_all);
    return {{"ed25519"}, "ForceCommand " + forced.string() + "\n"};
  }
};

}  // namespace

TEST_CASE("what a login shell says first hides no answer, and is no output of the script", "[ssh]") {
  ForcedWorld world(GENERATE(
      as<std::string>(), "echo '1 none'; echo 'Welcome, 3 updates'; asked\n", "printf 'no end of line'; asked\n",
      "echo 'setterm: unknown' >&2; asked\n", "echo \"$SSH_ORIGINAL_COMMAND\"; asked\n",
      "head -c 20000 /dev/zero | tr '\\0' x; sh -c \"$SSH_ORIGINAL_COMMAND\"; echo 'Good bye'\n"));
  BootstrapPlan plan = script("echo word\nexit 3\n");
  plan.admin_keys = {"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPKHIJ6vv3NhZpAHPH9EJ7/3cV2v6iZg2ITLIp5fw3xa admin"};
  const BootstrapReport report = world.run(plan);
  INFO((report.failure ? report.failure->message : "") << world.sshd.log());
  REQUIRE_FALSE(report.failure);
  CHECK(report.keys_added == 1);
  CHECK(report.exit_status == 3);
  CHECK(report.output == "word\n");
}

TEST_CASE("a machine that does something else than it is asked fails with its own words, on both streams", "[ssh]") {
  ForcedWorld world(GENERATE(as<std::string>(), "echo 'This account is for tunnels only.'\n",
                             "echo 'This account is for tunnels only.'; exit 142\n",
                             "echo 'This account is for tunnels only.' >&2; exit 1\n",
                             "echo \"$SSH_ORIGINAL_COMMAND\" >&2; echo 'This account is for tunnels only.'\n"));
  const BootstrapReport report = world.run(script(""));
  REQUIRE(report.failure);
  CHECK(report.failure->stage == SshStage::exec);
  CHECK(report.failure->message.find("This account is for tunnels only.") != std::string::npos);
  CHECK(report.failure->message.find('\n') == std::string::npos);
}

TEST_CASE("a forced command that ends well is no upload", "[ssh]") {
  ForcedWorld world("cat >/dev/null; echo 'tunnels only'\n");
  SshFile file;
  file.path = "file";
  file.content = "content";
  const SshReport report = call(world.prober.upload(world.sshd.target(), file, longest_wait));
  REQUIRE(report.failure);
  CHECK(report.failure->message == "the file was not written: tunnels only");
  CHECK_FALSE(std::filesystem::exists(world.home.home() / "file"));
}

TEST_CASE("authorized_keys is made where there is none, readable by its user only", "[ssh]") {
  World world;
  // Root's sshd keeps reading the first file; the home that the script sees is another.
  const TemporaryDirectory elsewhere;
  const std::string line = world.new_key("first");
  write_file(elsewhere / "keys", line + "\n");
  write_file(elsewhere / "line", prepare_line("mark", 1, ""));
  shell("cd / && HOME=" + elsewhere.path().string() + " sh " + (elsewhere / "line").string() + " < " +
        (elsewhere / "keys").string());
  CHECK(text_of(elsewhere / ".ssh/authorized_keys") == line + "\n");
  CHECK(std::filesystem::status(elsewhere / ".ssh").permissions() == std::filesystem::perms(0700));
  CHECK(std::filesystem::status(elsewhere / ".ssh/authorized_keys").permissions() == std::filesystem::perms(0600));
}

}  // namespace tally::bootstrap_test
