// What tallyd runs, from opening the catalog on, in one process with whoever measures it.
#pragma once

#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "daemon/real_world.hpp"
#include "daemon/site.hpp"
#include "providers/registry.hpp"

namespace tally::bench {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto tick = 10ms;

/// An account behind an endpoint, with the usual intervals.
inline CredentialConfig account_at(const std::string& ref, const std::string& endpoint,
                                   const std::string& provider = "shadeform") {
  CredentialConfig config;
  config.credential.ref = CredentialRef(ref);
  config.credential.fields.emplace("api_key", Secret("key of " + ref));
  config.credential.endpoint = endpoint;
  config.provider = &find_provider(provider)->description;
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
class MeasuredSite {
 public:
  MeasuredSite(const std::filesystem::path& file, std::vector<CredentialConfig> credentials)
      : site_(file, world_.parts()), credential_(credentials.front().credential.ref) {
    wait_for(site_.sessions().apply(std::move(credentials)));
  }
  ~MeasuredSite() {
    wait_for(site_.stop());
    world_.join();
  }
  MeasuredSite(const MeasuredSite&) = delete;
  MeasuredSite& operator=(const MeasuredSite&) = delete;

  void start() {
    world_.loop.restart();
    site_.start();
    site_.tasks().spawn("ticks", watch());
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
      world_.loop.run_one();
    } while (!is_over());
    world_.loop.run_for(1s);  // the end of the pass: its commit's aftermath, what is let go of
    phase.cpu = cpu_ms(RUSAGE_SELF) - cpu;
    phase.loop_cpu = cpu_ms(RUSAGE_THREAD) - loop_cpu;
    phase.late = late_;
    std::sort(phase.late.begin(), phase.late.end());
    return phase;
  }

  /// Runs for so long, and a second more; looks at most once in each `every`.
  template <class Look>
  Phase run_for(std::chrono::seconds time, std::chrono::milliseconds every, Look look) {
    TimePoint next = world_.clock.now();
    const TimePoint end = next + time;
    return run_until([&] {
      const TimePoint now = world_.clock.now();
      if (now >= next) {
        look();
        next = now + every;
      }
      return now >= end;
    });
  }

  void spawn(const std::string& name, asio::awaitable<void> task) { site_.tasks().spawn(name, std::move(task)); }
  [[nodiscard]] lifecycle::Lifecycle& lifecycle() { return site_.lifecycle(); }
  [[nodiscard]] std::size_t contacts() { return site_.probes().contacts(); }

  /// How each listing of the first credential is doing.
  [[nodiscard]] const std::map<ListingKey, ListingState>& listings() {
    return site_.sessions().find(credential_)->known().listings;
  }

 private:
  void wait_for(asio::awaitable<void> task) {
    bool has_ended = false;
    asio::co_spawn(world_.loop, std::move(task), [&has_ended](std::exception_ptr failure) {
      if (failure) std::rethrow_exception(failure);
      has_ended = true;
    });
    world_.loop.restart();
    while (!has_ended && world_.loop.run_one() != 0) {
    }
  }

  [[nodiscard]] Timestamp last_success() {
    const auto at = listings().find({SyncerKind::instances, ""});
    return at == listings().end() ? Timestamp() : at->second.last_success_at.value_or(Timestamp());
  }

  /// A tick that could not run when it was due counts with all of its lateness, as do those it delayed.
  asio::awaitable<void> watch() {
    for (TimePoint due = world_.clock.now();; due += tick) {
      co_await world_.clock.sleep_until(due);
      late_.push_back(std::chrono::duration<double, std::milli>(world_.clock.now() - due).count());
    }
  }

  RealWorld world_;
  Site site_;
  CredentialRef credential_;
  std::vector<double> late_;
};

}  // namespace tally::bench
