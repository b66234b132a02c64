// Commands that are told: real programs.
#include "notify/command.hpp"

#include <signal.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "tests/fakes/files.hpp"
#include "tests/fakes/manual_clock.hpp"
#include "tests/fakes/run_task.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace tally::command_test {
namespace asio = boost::asio;
using namespace tally::notify;

namespace {

struct CommandWorld {
  asio::io_context context;
  fakes::ManualClock clock{context};
  fakes::TemporaryDirectory directory;

  Command shell(const std::string& script) {
    return {{"/bin/sh", "-c", script, "sh", (directory / "out").string()}, clock, context.get_executor()};
  }
  std::string out() const { return fakes::text_of(directory / "out"); }
};

}  // namespace

TEST_CASE("a command reads the notification, and has nothing else of ours", "[notify]") {
  CommandWorld world;
  setenv("TALLY_TEST_SECRET", "s3cret", 1);
  Command told = world.shell("cat >\"$1\"; env >>\"$1\"; ls /proc/self/fd | wc -l >>\"$1\"; pwd >>\"$1\"");
  REQUIRE(fakes::run_task(world.context, told.deliver("{\"a\":1}")));
  CHECK(world.out().starts_with("{\"a\":1}\n"));
  CHECK(world.out().find("s3cret") == std::string::npos);
  CHECK(world.out().ends_with("\n4\n/\n"));  // three, and that of ls
}

TEST_CASE("a command that fails says why, as far as it may speak", "[notify]") {
  CommandWorld world;
  Command fails = world.shell("echo no room >&2; exit 3");
  CHECK(fakes::run_task(world.context, fails.deliver("{}")).error().message == "the command ended with 3: no room ");
  Command missing({"/nonexistent/told"}, world.clock, world.context.get_executor());
  CHECK(fakes::run_task(world.context, missing.deliver("{}")).error().message ==
        "the command cannot be started: No such file or directory");
  Command loud = world.shell("head -c 1000000 /dev/zero; exit 1");
  CHECK(fakes::run_task(world.context, loud.deliver("{}")).error().message.size() < 400);
}

TEST_CASE("a command that does not read what it is told may still take it", "[notify]") {
  CommandWorld world;
  Command deaf = world.shell("exit 0");
  CHECK(fakes::run_task(world.context, deaf.deliver(std::string(1 << 20U, 'x'))));
}

TEST_CASE("a command that hangs is killed after 30 s with all that it started", "[notify]") {
  CommandWorld world;
  Command hangs = world.shell("trap '' TERM; sleep 1000 & echo $! >\"$1\"; wait");
  std::optional<Result<>> outcome;
  asio::co_spawn(world.context, hangs.deliver("{}"),
                 [&outcome](const std::exception_ptr&, Result<> result) { outcome = std::move(result); });
  while (!std::filesystem::exists(world.directory / "out") || world.out().empty()) world.clock.run_ready();
  world.clock.advance(std::chrono::seconds(31));
  REQUIRE(outcome);
  CHECK(outcome->error().message == "the command was killed after 30 s");
  const pid_t grandchild = std::stoi(world.out());
  while (kill(grandchild, 0) == 0 &&
         fakes::text_of("/proc/" + std::to_string(grandchild) + "/stat").find(") Z ") == std::string::npos) {
  }
}

TEST_CASE("of one rule's commands one runs at a time", "[notify]") {
  CommandWorld world;
  Command told = world.shell("mkdir \"$1.lock\" || echo twice >\"$1\"; read line; rmdir \"$1.lock\"");
  int done = 0;
  for (int i = 0; i < 4; ++i) {
    asio::co_spawn(world.context, told.deliver("{}"),
                   [&done](const std::exception_ptr&, const Result<>& result) { done += result ? 1 : 0; });
  }
  while (done < 4) world.clock.run_ready();
  CHECK_FALSE(std::filesystem::exists(world.directory / "out"));
}

}  // namespace tally::command_test
