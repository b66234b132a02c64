// Signals to a process whose loop is stuck, which is a child of the test: their mask and their end are a process's own.
#include "daemon/signals.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <functional>
#include <string>
#include <thread>

#include "tests/fakes/await.hpp"

namespace tally::signals_test {
using namespace std::chrono_literals;

namespace {

/// A process that runs `body` with its signals taken over, and then does nothing any more.
class Child {
 public:
  explicit Child(const std::function<void(Signals&, const std::function<void(char)>& tell)>& body,
                 StopTimes times = {20ms, 20ms, 0ms}) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    pid_ = fork();
    if (pid_ == 0) {
      for (const int number : {SIGTERM, SIGINT})
        std::signal(number, SIG_DFL);  // the test program's are not the child's
      Signals signals(times);
      const auto tell = [end = ends[1]](char word) {
        if (write(end, &word, 1) != 1) _exit(1);
      };
      body(signals, tell);
      tell('!');
      for (;;) pause();
    }
    close(ends[1]);
    words_ = ends[0];
  }
  ~Child() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    close(words_);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void signal(int number) const { kill(pid_, number); }
  [[nodiscard]] char next_word() const {
    char word = 0;
    return read(words_, &word, 1) == 1 ? word : '\0';
  }
  [[nodiscard]] int end() const {
    siginfo_t info{};
    waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT);
    return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
  }

 private:
  pid_t pid_ = -1;
  int words_ = -1;
};

}  // namespace

TEST_CASE("a stop ends the process although nobody heeds it, its writer interrupted first", "[daemon]") {
  const Child stuck(
      [](Signals& signals, const auto& tell) { signals.serve({[tell] { tell('s'); }, [] {}, [tell] { tell('i'); }}); });
  CHECK(stuck.next_word() == '!');
  for (int i = 0; i < 3; ++i) stuck.signal(SIGTERM);
  CHECK(stuck.next_word() == 's');
  CHECK(stuck.next_word() == 'i');
  CHECK(stuck.next_word() == '\0');
  CHECK(stuck.end() == 0);
}

TEST_CASE("a stop for a reason ends the process with that reason's code, also when it is late", "[daemon]") {
  const bool had_begun = GENERATE(false, true);
  const auto body = [had_begun](Signals& signals, const auto& tell) {
    signals.serve({[tell] { tell('s'); }, [] {}, [] {}});
    if (had_begun) {
      kill(getpid(), SIGTERM);
      for (;;) {
        signals.stop_because_of(74);
        std::this_thread::yield();
      }
    }
    signals.stop_because_of(74);
  };
  int code = Child(body).end();
  // Where all is slow a stop that had begun may end the process before it has the reason.
  for (auto time = 200ms; had_begun && code == 0 && time < fakes::longest_wait; time *= 10) {
    code = Child(body, {time, time, 0ms}).end();
  }
  CHECK(code == 74);
}

TEST_CASE("until somebody serves, a signal ends the process as it ends any other", "[daemon]") {
  const Child early([](Signals&, const auto&) {});
  CHECK(early.next_word() == '!');
  early.signal(SIGINT);
  CHECK(early.end() == 128 + SIGINT);
}

TEST_CASE("a reload that is asked for before anybody serves is made up for", "[daemon]") {
  const Child early([](Signals& signals, const auto& tell) {
    kill(getpid(), SIGHUP);
    signals.serve({[] {}, [tell] { tell('r'); }, [] {}});
  });
  std::string words;
  for (int i = 0; i < 2; ++i) words += early.next_word();
  CHECK(words.find('r') != std::string::npos);
}

TEST_CASE("neither a broken pipe nor a file that may not grow ends the process", "[daemon]") {
  const Child writer([](Signals&, const auto&) {
    raise(SIGPIPE);
    raise(SIGXFSZ);
  });
  CHECK(writer.next_word() == '!');
  writer.signal(SIGTERM);
  CHECK(writer.end() == 128 + SIGTERM);
}

}  // namespace tally::signals_test
