// The log as the real program writes it, in each format, with bytes in it that mean harm.
#include <sys/stat.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/daemon/process.hpp"
#include "tests/fakes/slow_build.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace tally::logging_test {
using namespace tally::fakes;

namespace {

// A line of its own with a priority of its own, colours, a C1 control character, DEL, what is not UTF-8, a mark that
// turns the direction of writing, a line separator, and what is harmless.
const std::string hostile =
    "a\n<0>tallyd: forged\r\x1b[31m\xc2\x9b\x7f\xff\xc3(\xe2\x82 \xe2\x80\xae\xe2\x80\xa8 "
    "end\xc3\xa9\xe2\x82\xac\xf0\x9f\x9a\x80";
const std::string harmless = R"(a\n<0>tallyd: forged\x0d\x1b[31m\xc2\x9b\x7f\xff\xc3(\xe2\x82 \u202e\u2028 end)"
                             "\xc3\xa9\xe2\x82\xac\xf0\x9f\x9a\x80";

/// All that a daemon logs from start to stop, with a state directory of that name and a vendor that cannot be reached.
std::vector<std::string> log_lines(const std::string& format) {
  TemporaryDirectory directory;
  std::ofstream(directory / "key.json") << R"({"api_key": "canary-4711"})";
  chmod((directory / "key.json").c_str(), 0600);
  std::ofstream(directory / "tallyd.toml") << "[log]\nlevel = \"debug\"\nformat = \"" << format
                                           << "\"\n[[credential]]\nref = \"nowhere\"\nprovider = \"lambda\"\n"
                                           << "endpoint = \"http://127.0.0.1:1\"\ninstance_interval = \"1s\"\nfile = \""
                                           << (directory / "key.json").string() << "\"\n";
  Process daemon({binary("tallyd"), "--config", (directory / "tallyd.toml").string(), "--state-dir",
                  (directory / hostile).string()});
  daemon.read_until("service_unavailable");
  daemon.signal(SIGTERM);
  std::vector<std::string> lines;
  std::stringstream text(daemon.read_all());
  CHECK(daemon.wait() == 0);
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  CHECK(text.str().ends_with('\n'));
  CHECK(text.str().find("canary-4711") == std::string::npos);
  return lines;
}

bool has_control_character(const std::string& line) {
  return std::any_of(line.begin(), line.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }) ||
         line.find("\xc2\x9b") != std::string::npos;
}

std::size_t lines_with(const std::vector<std::string>& lines, const std::string& part) {
  return static_cast<std::size_t>(std::count_if(
      lines.begin(), lines.end(), [&part](const std::string& line) { return line.find(part) != std::string::npos; }));
}

/// That the daemon stopped, in those words: once, but not when all is so slow that its stop is cut off (StopGuard).
bool is_told(const std::vector<std::string>& lines, const std::string& stopped) {
  return is_slow_build || lines_with(lines, stopped) == 1;
}

}  // namespace

TEST_CASE("the text log has a time and a level in every line", "[daemon]") {
  const auto lines = log_lines("text");
  for (const std::string& line : lines) {
    INFO(line);
    CHECK_FALSE(has_control_character(line));
    CHECK(line.find("Z ") == 23);
  }
  CHECK(lines_with(lines, harmless) >= 1);
  CHECK(is_told(lines, "stopped"));
}

TEST_CASE("the JSON log has one object a line, with time, level and message", "[daemon]") {
  const auto lines = log_lines("json");
  std::vector<std::string> messages;
  for (const std::string& line : lines) {
    INFO(line);
    CHECK_FALSE(has_control_character(line));
    boost::system::error_code failure;
    const boost::json::value json = boost::json::parse(line, failure);
    REQUIRE_FALSE(failure);
    CHECK(json.at("time").as_string().size() == std::string("2026-01-01T00:00:00.000Z").size());
    CHECK_FALSE(json.at("level").as_string().empty());
    messages.emplace_back(json.at("message").as_string());
  }
  CHECK(lines_with(messages, harmless) >= 1);
  CHECK(lines_with(lines, R"("credential":"nowhere")") >= 1);
}

TEST_CASE("the journal's log has a priority at the start of every line where no journal can be reached", "[daemon]") {
  if (std::filesystem::exists("/run/systemd/journal/socket")) return;  // its entries: journal_test.cpp
  const auto lines = log_lines("journald");
  for (const std::string& line : lines) {
    INFO(line);
    CHECK_FALSE(has_control_character(line));
    REQUIRE(line.size() > 3);
    CHECK(line[0] == '<');
    CHECK(std::string("3467").find(line[1]) != std::string::npos);
    CHECK(line[2] == '>');
  }
  CHECK(lines_with(lines, harmless) >= 1);
  CHECK(is_told(lines, "<6>stopped"));
  CHECK(lines_with(lines, "<4>nowhere: ") >= 1);  // a failing listing is a warning
}

TEST_CASE("the automatic format is the journal's only when the journal reads standard error", "[daemon]") {
  setenv("JOURNAL_STREAM", "1:1", 1);  // inherited: of another program's standard error
  const auto lines = log_lines("auto");
  unsetenv("JOURNAL_STREAM");
  CHECK(lines_with(lines, "<6>stopped") == 0);
  CHECK(is_told(lines, " stopped"));
}

}  // namespace tally::logging_test
