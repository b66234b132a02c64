// Lines to a reader who stalls, comes back, or goes away.
#include "daemon/line_output.hpp"

#include <fcntl.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <future>
#include <memory>
#include <optional>
#include <sstream>
#include <string>

#include "tests/fakes/await.hpp"

namespace tally::line_output_test {
namespace {

/// A pipe that holds a page, and lines into it.
class Site {
 public:
  explicit Site(std::size_t waiting, std::chrono::milliseconds wait_at_end = std::chrono::milliseconds(500)) {
    int ends[2];
    REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
    REQUIRE(fcntl(ends[1], F_SETPIPE_SZ, 4096) > 0);
    reading_ = ends[0];
    file_ = fdopen(ends[1], "w");
    using Sink = spdlog::sinks::ansicolor_sink<spdlog::details::console_mutex>;
    output_.emplace(ends[1], std::make_shared<Sink>(file_, spdlog::color_mode::never), waiting, wait_at_end);
    lines = output_->make_logger("test", output_->sink());
    lines->set_formatter(one_line(std::make_unique<spdlog::pattern_formatter>("%v")));
  }
  ~Site() {
    finish();
    close(reading_);
  }
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;

  std::string read_to_end() const {
    std::string text;
    char piece[4096];
    for (ssize_t size = 0; (size = read(reading_, piece, sizeof piece)) > 0;) {
      text.append(piece, static_cast<std::size_t>(size));
    }
    return text;
  }
  void finish() {
    output_.reset();
    if (file_ != nullptr) std::fclose(std::exchange(file_, nullptr));
  }
  void go_away() {
    close(reading_);
    reading_ = -1;
  }

  std::shared_ptr<spdlog::logger> lines;

 private:
  int reading_ = -1;
  std::FILE* file_ = nullptr;
  std::optional<LineOutput> output_;
};

}  // namespace

TEST_CASE("a reader that stalls holds up nobody, and is told later how many lines it missed", "[daemon]") {
  constexpr std::size_t written = 5'000;
  Site site(100, fakes::longest_wait);
  for (std::size_t i = 0; i < written; ++i) site.lines->info("line {}", i);
  auto text = std::async(std::launch::async, [&site] { return site.read_to_end(); });
  site.finish();
  std::size_t lines = 0;
  std::size_t missing = 0;
  std::istringstream read(text.get());
  for (std::string line; std::getline(read, line);) {
    if (line.starts_with("line ")) {
      ++lines;
    } else {
      CHECK(line.find("lines are missing here") != std::string::npos);
      missing += std::stoul(line);
    }
  }
  CHECK(missing > 0);
  CHECK(lines + missing == written);
}

TEST_CASE("an end does not wait for a reader that stalls", "[daemon]") {
  Site site(1'000);
  for (int i = 0; i < 2'000; ++i) site.lines->info(std::string(100, 'x'));
  site.finish();
  SUCCEED();
}

TEST_CASE("a line longer than any pipe has room for is cut, and so cannot block", "[daemon]") {
  Site site(10, fakes::longest_wait);
  site.lines->info("\"" + std::string(1'000'000, '\\'));
  auto text = std::async(std::launch::async, [&site] { return site.read_to_end(); });
  site.finish();
  const std::string read = text.get();
  CHECK(read.size() < 4096);
  CHECK(read.ends_with("\\...\n"));
}

TEST_CASE("a reader that goes away ends nobody", "[daemon]") {
  const auto before = std::signal(SIGPIPE, SIG_IGN);  // as the daemon does
  {
    Site site(10);
    site.go_away();
    for (int i = 0; i < 100; ++i) site.lines->info("line {}", i);
  }
  std::signal(SIGPIPE, before);
  SUCCEED();
}

}  // namespace tally::line_output_test
