#include "ssh/bootstrap.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "runtime/number.hpp"
#include "runtime/text.hpp"
#include "ssh/answer.hpp"
#include "ssh/authorized_key.hpp"
#include "ssh/bootstrap_scripts.hpp"

namespace tally {
namespace asio = boost::asio;
using std::chrono::milliseconds;

namespace {

constexpr std::size_t most_noise = std::size_t{64} * 1024;  // of greetings, before an answer

std::string_view first_word(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_of(" \n"), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
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

  /// Runs a command that frames its answer with `mark_`: the answer; nothing when there is none, which is a failure,
  /// told with what the machine said instead.
  asio::awaitable<std::optional<std::string>> ask(SshCommand command, std::string_view what_was_not) {
    const SshRun run = co_await prober_.run(target_, std::move(command));
    if (run.report.failure) {
      report_.failure = run.report.failure;
      co_return std::nullopt;
    }
    std::optional<std::string> answer = answer_in(run.output.out, mark_);
    if (run.output.exit_status == 0 && answer) co_return answer;
    const std::string words = words_beside_answer(run.output, mark_);
    std::string why(what_was_not);
    if (run.output.exit_status != 0) why += fmt::format(" (status {})", run.output.exit_status);
    if (!answer && run.output.exit_status == 0) why += ": the machine runs something else than what it is given";
    fail(words.empty() ? why : why + ": " + words);
    co_return std::nullopt;
  }

  void fail_oddly(const std::string& answer) {
    fail("the machine's shell gives an answer that is not understood: " + printable(answer));
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
    command.line = prepare_line(mark_, plan_.admin_keys.size(), agent_);
    for (const std::string& key : plan_.admin_keys) command.input += key + "\n";
    command.deadline = time_left();
    const std::optional<std::string> said = co_await ask(std::move(command), "the administrators' keys were not added");
    if (!said) co_return "none";
    std::string_view answer = *said;
    const std::optional<int> added = parse_number<int>(first_word(answer));
    const std::string_view state = first_word(answer);
    report_.keys_added = added.value_or(0);
    for (const std::string_view known : {"none", "missing", "uploaded", "ended"}) {
      if (added && state == known) co_return known;
    }
    fail_oddly(*said);
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
    command.line = agent_line(mark_, agent_, std::max(patience, std::chrono::seconds(1)));
    command.output_limit = agent_output_limit + most_noise;
    const std::optional<std::string> said = co_await ask(std::move(command), "the agent's script was not run");
    if (!said) co_return;
    std::string_view answer = *said;
    const std::string_view state = first_word(answer);
    if (state == "running") {
      fail("the agent's script has not ended in time; it goes on");
    } else if (state == "given-up") {
      fail("the agent's script was cut off five times and is not run again");
    } else if (state == "ended") {
      report_.exit_status = parse_number<int>(first_word(answer));
      report_.output = answer;
    }
    if (!report_.failure && !report_.exit_status) fail_oddly(*said);
  }

  Prober& prober_;
  SshTarget target_;
  BootstrapPlan plan_;
  Steady::time_point end_;
  const std::string mark_ = new_mark();
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
