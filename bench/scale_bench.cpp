// The daemon's real parts (loop, worker, writer, session) against a cloud of 50,000 instance types and 100,000
// instances: what a start, a first poll, an unchanged tick and one with 1 % churn cost, how late the loop's timers come
// meanwhile, and what each view of the catalog costs to read. `scale_bench [types instances]`
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fstream>
#include <functional>

#include "bench/list_cloud.hpp"
#include "cloud/system_clock.hpp"
#include "daemon/sessions.hpp"
#include "providers/registry.hpp"
#include "ssh/ssh_prober.hpp"
#include "store/reader.hpp"
#include "syncers/housekeeper.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace {

using namespace tally;
namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto tick = 10ms;
const CredentialRef credential("bench");

double cpu_ms(int who) {
  rusage usage{};
  getrusage(who, &usage);
  const auto ms = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
  };
  return ms(usage.ru_utime) + ms(usage.ru_stime);
}

/// "VmRSS" or "VmHWM" of this process, in MB.
long memory_mb(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":")) return std::stol(line.substr(name.size() + 1)) * 1024 / 1'000'000;
  }
  return 0;
}

/// What tallyd runs, from opening the catalog on.
class Site {
 public:
  Site(const std::filesystem::path& file, const std::string& endpoint) : catalog_(file) {
    CredentialConfig config;
    config.credential.ref = credential;
    config.credential.fields.emplace("api_key", Secret("key"));
    config.credential.endpoint = endpoint;
    config.provider = &find_provider("shadeform")->description;
    config.ssh.is_probed = false;  // nobody is at those addresses
    config.instance_type_interval = 60s;
    config.instance_interval = 5s;
    std::vector<CredentialConfig> credentials{config};
    wait_for(sessions_.apply(std::move(credentials)));
  }
  ~Site() {
    tasks_.cancel();
    wait_for(sessions_.stop());
    wait_for(tasks_.join());
    writer_thread_.join();
    workers_.join();
  }
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;

  void start() {
    loop_.restart();
    tasks_.spawn("writer", writer_.run());
    tasks_.spawn("housekeeper", housekeeper_.run());
    tasks_.spawn("ticks", watch());
    sessions_.start();
  }

  struct Phase {
    std::int64_t passes = 0;
    double cpu = 0;
    double loop_cpu = 0;
    std::vector<double> late;  // ms, sorted
  };

  /// Runs until `passes` more polls of the instances have ended, and the next would be due.
  Phase run(std::int64_t passes) {
    late_.clear();
    Phase phase;
    const double cpu = cpu_ms(RUSAGE_SELF);
    const double loop_cpu = cpu_ms(RUSAGE_THREAD);
    Timestamp last = last_success();
    while (phase.passes < passes) {
      loop_.run_one();
      if (last_success() == last) continue;
      last = last_success();
      ++phase.passes;
    }
    loop_.run_for(1s);  // the end of the pass: its commit's aftermath, what is let go of
    phase.cpu = cpu_ms(RUSAGE_SELF) - cpu;
    phase.loop_cpu = cpu_ms(RUSAGE_THREAD) - loop_cpu;
    phase.late = late_;
    std::sort(phase.late.begin(), phase.late.end());
    return phase;
  }

 private:
  void wait_for(asio::awaitable<void> task) {
    bool has_ended = false;
    asio::co_spawn(loop_, std::move(task), [&has_ended](std::exception_ptr failure) {
      if (failure) std::rethrow_exception(failure);
      has_ended = true;
    });
    loop_.restart();
    while (!has_ended && loop_.run_one() != 0) {
    }
  }

  [[nodiscard]] Timestamp last_success() {
    const auto& listings = sessions_.find(credential)->known().listings;
    const auto at = listings.find({SyncerKind::instances, ""});
    return at == listings.end() ? Timestamp() : at->second.last_success_at.value_or(Timestamp());
  }

  /// A tick that could not run when it was due counts with all of its lateness, as do those it delayed.
  asio::awaitable<void> watch() {
    for (TimePoint due = clock_.now();; due += tick) {
      co_await clock_.sleep_until(due);
      late_.push_back(std::chrono::duration<double, std::milli>(clock_.now() - due).count());
    }
  }

  asio::io_context loop_{1};
  Catalog catalog_;
  SystemClock clock_;
  Rng rng_{1};
  asio::thread_pool workers_{1};
  asio::thread_pool writer_thread_{1};
  CatalogWriter writer_{catalog_, writer_thread_.get_executor(), clock_};
  Housekeeper housekeeper_{writer_, clock_};
  SshProber prober_;
  ProbeScheduler probes_{prober_, &bootstrap, writer_, clock_, rng_, loop_.get_executor(), workers_.get_executor()};
  Sessions sessions_{SessionContext{loop_.get_executor(), workers_.get_executor(), writer_, clock_, rng_, probes_, {}}};
  Tasks tasks_{loop_.get_executor(), nullptr};
  std::vector<double> late_;
};

void print(const char* name, const Site::Phase& phase) {
  const auto late = [&phase](std::size_t percent) {
    return phase.late.at(std::min(phase.late.size() - 1, phase.late.size() * percent / 100));
  };
  const auto passes = static_cast<double>(phase.passes);
  fmt::print("{:<26}{:>12.0f}{:>12.0f}{:>10.1f}{:>10.1f}{:>10.1f}{:>8}{:>8}\n", name, phase.cpu / passes,
             phase.loop_cpu / passes, late(50), late(99), late(100), memory_mb("VmRSS"), memory_mb("VmHWM"));
}

void read_views(const std::filesystem::path& file) {
  Reader reader(file);
  std::string line;
  for (const auto& row : reader.query("SELECT name FROM sqlite_master WHERE type = 'view' ORDER BY name").rows) {
    const auto& name = std::get<std::string>(row.at(0));
    const double begin = cpu_ms(RUSAGE_THREAD);
    const std::size_t rows = reader.query("SELECT * FROM " + name).rows.size();
    fmt::print("{:<26}{:>12.0f}{:>12}\n", name, cpu_ms(RUSAGE_THREAD) - begin, rows);
  }
}

}  // namespace

int main(int argc, char** argv) {
  spdlog::set_level(spdlog::level::warn);
  const std::size_t types = argc > 2 ? std::stoul(argv[1]) : 50'000;
  const std::size_t instances = argc > 2 ? std::stoul(argv[2]) : 100'000;
  tally::bench::ListCloud cloud(types, instances);
  const fakes::TemporaryDirectory directory;
  const auto file = directory / "catalog.db";
  fmt::print("{:<26}{:>12}{:>12}{:>30}{:>16}\n", "", "CPU ms", "of the loop", "10-ms ticks late by, ms", "MB");
  fmt::print("{:<26}{:>12}{:>12}{:>10}{:>10}{:>10}{:>8}{:>8}\n", "a poll", "", "", "p50", "p99", "most", "now", "peak");
  {
    Site site(file, cloud.endpoint());
    site.start();
    print("the first", site.run(1));
    print("unchanged", site.run(5));
    cloud.set_churn(10);
    print("1 % of instances replaced", site.run(5));
  }
  const double cpu = cpu_ms(RUSAGE_SELF);
  const auto begin = std::chrono::steady_clock::now();
  {
    Site site(file, cloud.endpoint());
    fmt::print("{:<26}{:>12.0f}{:>12.0f} ms of wall time\n", "start to serving", cpu_ms(RUSAGE_SELF) - cpu,
               std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
    site.start();
    cloud.set_churn(0);
    print("the first after a start", site.run(1));
    print("unchanged", site.run(3));
  }
  fmt::print("\n{:<26}{:>12}{:>12}\n", "all rows of", "CPU ms", "rows");
  read_views(file);
  return 0;
}
