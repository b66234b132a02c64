// What tallyd runs, from opening the catalog on, in one process with whoever measures it.
#pragma once

#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <fstream>
#include <string>
#include <vector>

#include "daemon/sessions.hpp"
#include "providers/registry.hpp"
#include "runtime/system_clock.hpp"
#include "ssh/ssh_prober.hpp"
#include "store/housekeeper.hpp"

namespace tally::bench {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto tick = 10ms;

/// A Shadeform account behind an endpoint, with the usual intervals.
inline CredentialConfig account_at(const std::string& ref, const std::string& endpoint) {
  CredentialConfig config;
  config.credential.ref = CredentialRef(ref);
  config.credential.fields.emplace("api_key", Secret("key of " + ref));
  config.credential.endpoint = endpoint;
  config.provider = &find_provider("shadeform")->description;
  config.instance_type_interval = 60s;
  config.instance_interval = 5s;
  return config;
}

/// CPU time so far; of RUSAGE_SELF or RUSAGE_THREAD.
inline double cpu_ms(int who) {
  rusage usage{};
  getrusage(who, &usage);
  const auto ms = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
  };
  return ms(usage.ru_utime) + ms(usage.ru_stime);
}

/// "VmRSS" or "VmHWM" of this process, in MB.
inline long memory_mb(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":")) return std::stol(line.substr(name.size() + 1)) * 1024 / 1'000'000;
  }
  return 0;
}

/// What tallyd runs, from opening the catalog on.
class Site {
 public:
  Site(const std::filesystem::path& file, std::vector<CredentialConfig> credentials)
      : catalog_(file), credential_(credentials.front().credential.ref) {
    wait_for(sessions_.apply(std::move(credentials)));
  }
  ~Site() {
    tasks_.cancel();
    wait_for(sessions_.stop());
    wait_for(probes_.stop());
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
    tasks_.spawn("probes", probes_.run());
    tasks_.spawn("ticks", watch());
    sessions_.start();
  }

  struct Phase {
    std::int64_t passes = 0;
    double cpu = 0;
    double loop_cpu = 0;
    std::vector<double> late;  // ms, sorted
  };

  /// Runs until `passes` more polls of the first credential's instances have ended, and the next would be due.
  Phase run(std::int64_t passes) {
    Timestamp last = last_success();
    std::int64_t done = 0;
    Phase phase = run_until([&] {
      if (last_success() == last) return false;
      last = last_success();
      return ++done == passes;
    });
    phase.passes = passes;
    return phase;
  }

  /// Runs until `is_over`, which is asked after each handler, and a second more.
  template <class Predicate>
  Phase run_until(Predicate is_over) {
    late_.clear();
    Phase phase;
    const double cpu = cpu_ms(RUSAGE_SELF);
    const double loop_cpu = cpu_ms(RUSAGE_THREAD);
    do {
      loop_.run_one();
    } while (!is_over());
    loop_.run_for(1s);  // the end of the pass: its commit's aftermath, what is let go of
    phase.cpu = cpu_ms(RUSAGE_SELF) - cpu;
    phase.loop_cpu = cpu_ms(RUSAGE_THREAD) - loop_cpu;
    phase.late = late_;
    std::sort(phase.late.begin(), phase.late.end());
    return phase;
  }

  [[nodiscard]] std::size_t contacts() const { return probes_.contacts(); }

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
    const auto& listings = sessions_.find(credential_)->known().listings;
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
  CredentialRef credential_;
  SystemClock clock_;
  Rng rng_{1};
  asio::thread_pool workers_{1};
  asio::thread_pool writer_thread_{1};
  CatalogWriter writer_{catalog_, loop_.get_executor(), writer_thread_.get_executor(), clock_};
  Housekeeper housekeeper_{writer_, clock_};
  SshProber prober_;
  ProbeScheduler probes_{prober_, &bootstrap, writer_, clock_, rng_, loop_.get_executor(), workers_.get_executor()};
  Sessions sessions_{SessionContext{loop_.get_executor(), workers_.get_executor(), writer_, clock_, rng_, probes_, {}}};
  Tasks tasks_{loop_.get_executor(), nullptr};
  std::vector<double> late_;
};

}  // namespace tally::bench
