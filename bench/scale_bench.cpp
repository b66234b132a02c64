// The daemon's real parts (loop, worker, writer, session) against a cloud of 50,000 instance types and 100,000
// instances: what a start, a first poll, an unchanged tick and one with 1 % churn cost, how late the loop's timers come
// meanwhile, and what each view of the catalog costs to read. With `accounts`, so many of them have that each; a pass
// is then one of all of them. `scale_bench [types instances [accounts]]`
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "bench/list_cloud.hpp"
#include "bench/site.hpp"
#include "store/reader.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace {

using namespace tally;
using namespace tally::bench;

/// Nobody is at the addresses of its instances.
std::vector<CredentialConfig> credentials(const ListCloud& cloud, std::size_t accounts) {
  std::vector<CredentialConfig> configs;
  for (std::size_t i = 0; i < accounts; ++i) {
    configs.push_back(account_at("bench" + std::to_string(i), cloud.endpoint()));
    configs.back().ssh.is_probed = false;
  }
  return configs;
}

void print(const char* name, const MeasuredSite::Phase& phase) {
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
  const std::size_t accounts = argc > 3 ? std::stoul(argv[3]) : 1;
  ListCloud cloud(types, instances);
  const fakes::TemporaryDirectory directory;
  const auto file = directory / "catalog.db";
  fmt::print("{:<26}{:>12}{:>12}{:>30}{:>16}\n", "", "CPU ms", "of the loop", "10-ms ticks late by, ms", "MB");
  fmt::print("{:<26}{:>12}{:>12}{:>10}{:>10}{:>10}{:>8}{:>8}\n", "a poll", "", "", "p50", "p99", "most", "now", "peak");
  {
    MeasuredSite site(file, credentials(cloud, accounts));
    site.start();
    print("the first", site.run(1));
    print("unchanged", site.run(5));
    cloud.set_churn(10);
    print("1 % of instances replaced", site.run(5));
  }
  const double cpu = cpu_ms(RUSAGE_SELF);
  const auto begin = std::chrono::steady_clock::now();
  {
    MeasuredSite site(file, credentials(cloud, accounts));
    fmt::print("{:<26}{:>12.0f}{:>12.0f} ms of wall time\n", "start to serving", cpu_ms(RUSAGE_SELF) - cpu,
               std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
    site.start();
    cloud.set_churn(0);
    print("the first after a start", site.run(1));
    print("unchanged", site.run(7));
  }
  fmt::print("\n{:<26}{:>12}{:>12}\n", "all rows of", "CPU ms", "rows");
  read_views(file);
  return 0;
}
