// Contacts over SSH up to a login, many at a time: how many a second, what one costs, and how late the loop's timers
// come meanwhile. Then the same by other programs, named as arguments, in the same run on the same processor (see
// README.md). The servers have another processor. Compare ratios within one run only.
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>

#include "bench/ssh_servers.hpp"
#include "runtime/descriptors.hpp"
#include "simcloud/ssh_keys.hpp"
#include "ssh/ssh_prober.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace {

using namespace tally;
namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr std::size_t servers = 250;
constexpr std::size_t contacts = 2000;
constexpr std::size_t in_flight = 200;
constexpr auto tick_period = 10ms;

struct Figures {
  std::size_t logged_in = 0;
  double seconds = 0;
  double cpu_ms = 0;   // of the whole process
  double peak_kb = 0;  // resident, above what it was before
};

double process_cpu_ms() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

/// "VmRSS" or "VmHWM", the peak.
double status_kb(const std::string& field) {
  std::ifstream in("/proc/self/status");
  for (std::string word; in >> word;) {
    double value = 0;
    if (word == field + ":" && in >> value) return value;
  }
  return 0;
}

class Run {
 public:
  Run(const bench::SshServers& ssh, std::string private_key)
      : servers_(ssh), key_(std::make_shared<SshKey>(SshKey{Secret(std::move(private_key)), {}})) {}

  Figures measure() {
    SshLimits limits;
    limits.contacts = in_flight;
    SshProber prober(limits);
    Figures figures;
    const double kb_before = status_kb("VmRSS");
    const double cpu_before = process_cpu_ms();
    const auto begin = std::chrono::steady_clock::now();
    left_ = in_flight;
    for (std::size_t i = 0; i < in_flight; ++i) asio::co_spawn(loop_, contact_on(prober, figures), asio::detached);
    asio::co_spawn(loop_, tick(), asio::detached);
    loop_.run();
    figures.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    figures.cpu_ms = process_cpu_ms() - cpu_before;
    figures.peak_kb = status_kb("VmHWM") - kb_before;
    std::sort(late_.begin(), late_.end());
    return figures;
  }

  /// How late the loop's ticks came, in ms.
  [[nodiscard]] double late(std::size_t percent) const { return late_.at((late_.size() - 1) * percent / 100); }

 private:
  asio::awaitable<void> contact_on(SshProber& prober, Figures& figures) {
    while (next_ < contacts) {
      SshTarget target;
      target.host = servers_.address(next_++);
      target.port = servers_.port();
      target.user = "ubuntu";
      target.key = key_;
      target.may_be_loopback = true;
      const SshReport report = co_await prober.probe(target, 60s);
      if (!report.failure) ++figures.logged_in;
    }
    --left_;
  }

  asio::awaitable<void> tick() {
    asio::steady_timer timer(loop_);
    auto due = std::chrono::steady_clock::now();
    while (left_ > 0) {
      due += tick_period;
      timer.expires_at(due);
      co_await timer.async_wait(asio::use_awaitable);
      late_.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - due).count());
    }
  }

  const bench::SshServers& servers_;
  std::shared_ptr<const SshKey> key_;
  asio::io_context loop_{1};
  std::size_t next_ = 0;
  std::size_t left_ = 0;
  std::vector<double> late_;
};

/// Another program's figures of the same work: it is given port, servers, contacts, in flight and key, and prints
/// logins, seconds, CPU ms and peak KB. Empty, and told, when it does not.
std::optional<Figures> measure_other(const std::string& command, const bench::SshServers& ssh,
                                     const std::string& key_file) {
  const std::string line =
      fmt::format("{} {} {} {} {} {}", command, ssh.port(), servers, contacts, in_flight, key_file);
  std::fflush(stdout);
  FILE* output = popen(line.c_str(), "r");
  if (output == nullptr) return std::nullopt;
  std::string said;
  for (int c = std::fgetc(output); c != EOF; c = std::fgetc(output)) said += static_cast<char>(c);
  const int status = pclose(output);
  Figures figures;
  std::istringstream words(said);
  if (words >> figures.logged_in >> figures.seconds >> figures.cpu_ms >> figures.peak_kb) return figures;
  fmt::print("{}: wait status {:#x}, said \"{}\"\n", command, status, said);
  return std::nullopt;
}

void print(const std::string& name, const Figures& figures, const Figures& ours) {
  fmt::print("{:<44}{:>8}{:>12.0f}{:>10.2f}{:>8.2f}{:>14.0f}\n", name, figures.logged_in,
             static_cast<double>(figures.logged_in) / figures.seconds, figures.cpu_ms / contacts,
             figures.cpu_ms / ours.cpu_ms, figures.peak_kb / in_flight);
}

std::string read_file(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

}  // namespace

int main(int argc, char** argv) {
  allow_many_descriptors();
  const fakes::TemporaryDirectory directory;
  const std::filesystem::path key_file = directory / "key";
  if (!simcloud::make_login_key(key_file)) return 1;
  const bench::SshServers ssh(servers);
  bench::pin_to_processor(1);

  Run run(ssh, read_file(key_file));
  const Figures ours = run.measure();
  fmt::print("{} contacts, {} in flight, to {} servers\n", contacts, in_flight, servers);
  fmt::print("{:<44}{:>8}{:>12}{:>10}{:>8}{:>14}\n", "", "logins", "a second", "CPU ms", "times", "KB a contact");
  print("ours", ours, ours);
  for (int i = 1; i < argc; ++i) {
    const auto figures = measure_other(argv[i], ssh, key_file.string());
    if (figures) print(argv[i], *figures, ours);
  }
  fmt::print("10-ms ticks of the loop meanwhile: p50 {:.2f} ms late, p99 {:.2f} ms\n", run.late(50), run.late(99));
  return 0;
}
