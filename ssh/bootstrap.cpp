#include "ssh/bootstrap.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "cloud/text.hpp"
#include "ssh/authorized_key.hpp"
#include "ssh/bootstrap_scripts.hpp"
#include "ssh/text.hpp"

namespace tally {
namespace asio = boost::asio;
using std::chrono::milliseconds;

namespace {

std::string_view first_word(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_of(" \n"), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

std::optional<int> number(std::string_view word) {
  int value = 0;
  const auto [end, failure] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (failure != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return value;
}

/// One bootstrap on its way; its report is filled step by step.
class Bootstrap {
 public:
  Bootstrap(Prober& prober, SshTarget target, BootstrapPlan plan, milliseconds deadline)
      : prober_(prober), target_(std::move(target)), plan_(std::move(plan)), end_(Steady::now() + deadline) {}

  asio::awaitable<void> run() {
    if (!check_keys()) co_return;
    if (!plan_.agent_script.empty()) agent_ = agent_name(plan_.agent_script);
    if (plan_.admin_keys.empty() && agent_.empty()) co_return;
    const std::string_view state = co_await prepare();
    if (report_.failure || agent_.empty()) co_return;
    report_.was_done_before = state == "ended";
    if (state == "missing") {
      co_await upload();
      if (report_.failure) co_return;
    }
    co_await run_agent();
  }

  BootstrapReport take_report() { return std::move(report_); }

 private:
  using Steady = std::chrono::steady_clock;

  [[nodiscard]] milliseconds time_left() const {
    return std::max(milliseconds(0), std::chrono::duration_cast<milliseconds>(end_ - Steady::now()));
  }

  void fail(std::string message) { report_.failure = SshFailure{SshStage::exec, std::move(message)}; }

  /// Takes over how a command ended; false when it is a failure.
  bool is_done(const SshRun& run, const std::string& what) {
    if (run.report.failure) {
      report_.failure = run.report.failure;
    } else if (run.output.exit_status != 0) {
      fail(what + ": " + printable(run.output.err));
    }
    return !report_.failure;
  }

  bool check_keys() {
    for (const std::string& key : plan_.admin_keys) {
      const auto read = read_authorized_key(key);
      if (read) continue;
      fail("administrator's key: " + read.error().message);
      return false;
    }
    return true;
  }

  /// Adds the keys; the state of the agent, one of prepare_line's words.
  asio::awaitable<std::string_view> prepare() {
    SshCommand command;
    command.line = prepare_line(plan_.admin_keys.size(), agent_);
    for (const std::string& key : plan_.admin_keys) command.input += key + "\n";
    command.deadline = time_left();
    const SshRun run = co_await prober_.run(target_, std::move(command));
    if (!is_done(run, "the administrators' keys were not added")) co_return "none";
    std::string_view answer = run.output.out;
    const std::optional<int> added = number(first_word(answer));
    const std::string_view state = first_word(answer);
    report_.keys_added = added.value_or(0);
    for (const std::string_view known : {"none", "missing", "uploaded", "ended"}) {
      if (added && state == known) co_return known;
    }
    fail("the machine's shell gives an answer that is not understood: " + printable(run.output.out));
    co_return "none";
  }

  asio::awaitable<void> upload() {
    SshFile file;
    file.path = agent_path(agent_);
    file.content = plan_.agent_script;
    file.mode = 0700;
    const SshReport report = co_await prober_.upload(target_, std::move(file), time_left());
    report_.failure = report.failure;
  }

  asio::awaitable<void> run_agent() {
    SshCommand command;
    command.deadline = time_left();
    // Over there it stops waiting a little earlier than we do, so that we hear of it.
    const auto patience = std::chrono::duration_cast<std::chrono::seconds>(command.deadline * 9 / 10);
    command.line = agent_line(agent_, std::max(patience, std::chrono::seconds(1)));
    command.output_limit = agent_output_limit + 64;
    const SshRun run = co_await prober_.run(target_, std::move(command));
    if (!is_done(run, "the agent's script was not run")) co_return;
    std::string_view answer = run.output.out;
    const std::string_view state = first_word(answer);
    if (state == "running") {
      fail("the agent's script has not ended in time; it goes on");
    } else if (state == "given-up") {
      fail("the agent's script was cut off five times and is not run again");
    } else if (state == "ended") {
      report_.exit_status = number(first_word(answer));
      report_.output = answer;
    }
    if (!report_.failure && !report_.exit_status) {
      fail("the machine's shell gives an answer that is not understood: " + printable(run.output.out));
    }
  }

  Prober& prober_;
  SshTarget target_;
  BootstrapPlan plan_;
  Steady::time_point end_;
  std::string agent_;  // its name; "": none
  BootstrapReport report_;
};

}  // namespace

asio::awaitable<BootstrapReport> bootstrap(Prober& prober, SshTarget target, BootstrapPlan plan,
                                           milliseconds deadline) {
  Bootstrap running(prober, std::move(target), std::move(plan), deadline);
  co_await running.run();
  co_return running.take_report();
}

}  // namespace tally
