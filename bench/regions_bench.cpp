// Thirty regions of one account on real time: how regularly each is polled, and what a poll costs, when all are well,
// and when one hangs, one is forbidden and one answers garbage. `regions_bench [regions [seconds]]`
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <set>

#include "bench/site.hpp"
#include "tests/daemon/asking.hpp"
#include "tests/daemon/programs.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace {

using namespace tally;
using namespace tally::bench;

const std::set<std::string> broken = {"sim-20", "sim-21", "sim-22"};  // of thirty

void break_regions(const fakes::Cloud& cloud) {
  const auto fault = [&cloud](const char* region, boost::json::object what) {
    what["path"] = std::string("/regions/") + region + "/";
    what["count"] = -1;
    fakes::command(cloud, "fault", what);
  };
  fault("sim-20", {{"kind", "hang"}});
  fault("sim-21", {{"kind", "status"}, {"status", 403}, {"body", R"({"error":{"code":"forbidden","message":"no"}})"}});
  fault("sim-22", {{"kind", "bad_json"}});
}

CredentialConfig account(const fakes::Cloud& cloud) {
  CredentialConfig config = account_at("bench", cloud.endpoint(), "template");
  config.credential.fields.insert_or_assign("api_key", Secret("simcloud-demo-key"));
  config.ssh.is_probed = false;
  return config;
}

/// Milliseconds between the answers of instances, of each region that is well.
class Gaps {
 public:
  void look(const std::map<ListingKey, ListingState>& listings) {
    for (const auto& [key, state] : listings) {
      if (key.syncer != SyncerKind::instances || broken.contains(key.location) || !state.last_success_at) continue;
      const auto [last, is_new] = last_.try_emplace(key.location, *state.last_success_at);
      if (last->second == *state.last_success_at) continue;
      gaps_.push_back(std::chrono::duration<double, std::milli>(*state.last_success_at - last->second).count());
      last->second = *state.last_success_at;
    }
  }
  [[nodiscard]] std::size_t regions() const { return last_.size(); }
  [[nodiscard]] std::vector<double> sorted() const {
    std::vector<double> gaps = gaps_;
    std::sort(gaps.begin(), gaps.end());
    return gaps;
  }

 private:
  std::map<std::string, Timestamp> last_;
  std::vector<double> gaps_;
};

void run(const char* name, std::size_t regions, std::chrono::seconds time, bool is_broken) {
  fakes::Cloud cloud({"--provider", "template", "--regions", std::to_string(regions), "--types", "200", "--instances",
                      "600", "--no-ssh", "--step", "0"});
  if (is_broken) break_regions(cloud);
  const fakes::TemporaryDirectory directory;
  MeasuredSite site(directory / "catalog.db", {account(cloud)});
  site.start();
  const auto settled = std::chrono::steady_clock::now() + 15s;  // first polls are spread out
  site.run_until([&] { return std::chrono::steady_clock::now() > settled; });
  Gaps gaps;
  const auto end = std::chrono::steady_clock::now() + time;
  const MeasuredSite::Phase phase = site.run_until([&] {
    gaps.look(site.listings());
    return std::chrono::steady_clock::now() > end;
  });
  const std::vector<double> sorted = gaps.sorted();
  const auto at = [](const std::vector<double>& values, std::size_t percent) {
    return values.empty() ? 0 : values[std::min(values.size() - 1, values.size() * percent / 100)];
  };
  fmt::print("{:<20}{:>9}{:>9}{:>9.0f}{:>9.0f}{:>9.0f}{:>9.0f}{:>9.1f}{:>9.1f}{:>12.2f}\n", name, gaps.regions(),
             sorted.size(), at(sorted, 1), at(sorted, 50), at(sorted, 99), at(sorted, 100), at(phase.late, 99),
             at(phase.late, 100), phase.cpu / static_cast<double>(std::max<std::size_t>(sorted.size(), 1)));
}

}  // namespace

int main(int argc, char** argv) {
  spdlog::set_level(spdlog::level::off);
  const std::size_t regions = argc > 1 ? std::stoul(argv[1]) : 30;
  const std::chrono::seconds time(argc > 2 ? std::stol(argv[2]) : 60);
  fmt::print("{:<20}{:>9}{:>9}{:>36}{:>18}{:>12}\n", "", "regions", "", "ms between a region's answers",
             "ticks late, ms", "CPU ms");
  fmt::print("{:<20}{:>9}{:>9}{:>9}{:>9}{:>9}{:>9}{:>9}{:>9}{:>12}\n", "", "well", "answers", "p1", "p50", "p99",
             "most", "p99", "most", "an answer");
  run("all well", regions, time, false);
  run("three broken", regions, time, true);
  return 0;
}
