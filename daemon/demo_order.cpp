#include "daemon/demo_order.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/algorithm/string/join.hpp>
#include <chrono>
#include <csignal>
#include <optional>

#include "runtime/fresh_signals.hpp"
#include "store/error.hpp"
#include "store/reader.hpp"

namespace tally {
namespace {

constexpr std::chrono::seconds look_for_offers_every{1};
constexpr std::chrono::milliseconds look_for_end_every{100};
constexpr std::chrono::seconds time_to_look_at_it{20};
constexpr const char* ref_id = "demo-order";

/// The program beside this one, its output dropped: the story tells what comes of it. Nothing: it cannot be run.
std::optional<pid_t> spawn_tallyctl(std::vector<std::string> words) {
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "tallyctl";
  words.insert(words.begin(), program.string());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_RDWR, 0);
  }
  // Signals as a fresh program has them: this thread may block what ends tallyctl.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, static_cast<short>(set_fresh_signals(attributes)));
  pid_t pid = -1;
  const int failure = posix_spawn(&pid, program.c_str(), &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) return std::nullopt;
  return pid;
}

}  // namespace

DemoOrder::DemoOrder(std::filesystem::path state_dir, std::filesystem::path public_key,
                     std::function<void(const std::string& line)> say)
    : state_dir_(std::move(state_dir)), public_key_(std::move(public_key)), say_(std::move(say)) {
  thread_ = std::thread([this] { run(); });
}

DemoOrder::~DemoOrder() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void DemoOrder::run() {
  std::string gpu;
  while ((gpu = gpu_to_have()).empty()) {
    if (!rest(look_for_offers_every)) return;
  }
  if (!command({"create", "--gpu", gpu, "--wait", "reachable", "--timeout", "5m", "--ref-id", ref_id})) return;
  if (!rest(time_to_look_at_it)) return;
  command({"terminate", ref_id, "--wait"});
}

/// Of the cheapest offer; "": there is none yet.
std::string DemoOrder::gpu_to_have() {
  try {
    const auto rows = Reader(state_dir_ / "catalog.db")
                          .query(
                              "SELECT gpu_name FROM best_offers WHERE usage_class = 'on-demand' AND currency = "
                              "'USD' ORDER BY price_nanos LIMIT 1")
                          .rows;
    return rows.empty() ? std::string() : std::get<std::string>(rows.at(0).at(0));
  } catch (const StoreError&) {  // not made yet
    return "";
  }
}

/// False: the demo is over.
bool DemoOrder::rest(std::chrono::milliseconds pause) {
  std::unique_lock lock(mutex_);
  return !wake_.wait_for(lock, pause, [this] { return is_over_; });
}

/// False: it came to nothing, or the demo is over.
bool DemoOrder::command(const std::vector<std::string>& words) {
  say_("$ tallyctl " + boost::algorithm::join(words, " "));
  std::vector<std::string> all = words;
  all.insert(all.end(), {"--state-dir", state_dir_.string(), "--yes"});
  if (words.front() == "create") all.insert(all.end(), {"--public-key", public_key_.string()});
  const std::optional<pid_t> pid = spawn_tallyctl(std::move(all));
  if (!pid) return false;
  int status = 0;
  while (waitpid(*pid, &status, WNOHANG) == 0) {
    if (rest(look_for_end_every)) continue;
    kill(*pid, SIGTERM);
    waitpid(*pid, &status, 0);
    return false;
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace tally
