// Thirty regions of one account on real time: how regularly each is polled, and what a poll costs, when all are well,
// and when one hangs, one is forbidden and one answers garbage. Then the same rows spread over ever more regions: what
// an answer costs, and a row of it that has not changed. `regions_bench [regions [seconds]]`
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <set>
#include <utility>

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

/// Answers of instances and types, and the rows in them.
class Answers {
 public:
  void look(const std::map<ListingKey, ListingState>& listings) {
    for (const auto& [key, state] : listings) {
      const bool has_rows = key.syncer == SyncerKind::instances || !key.location.empty();  // else it is of the regions
      if (!has_rows || !state.last_success_at) continue;
      const auto [last, is_new] = last_.try_emplace(key, *state.last_success_at);
      if (is_new || std::exchange(last->second, *state.last_success_at) == *state.last_success_at) continue;
      ++count_;
      rows_ += state.items;
    }
  }
  [[nodiscard]] std::int64_t count() const { return count_; }
  [[nodiscard]] std::int64_t rows() const { return rows_; }

 private:
  std::map<ListingKey, Timestamp> last_;
  std::int64_t count_ = 0;
  std::int64_t rows_ = 0;
};

fakes::Cloud make_cloud(std::size_t regions, std::size_t types, std::size_t instances) {
  return fakes::Cloud({"--provider", "template", "--regions", std::to_string(regions), "--types", std::to_string(types),
                       "--instances", std::to_string(instances), "--no-ssh", "--step", "0"});
}

/// First polls are spread out, and what they bring is written.
void settle(MeasuredSite& site) {
  site.run_for(15s, 1s, [] {});
}

void run(const char* name, std::size_t regions, std::chrono::seconds time, bool is_broken) {
  const fakes::Cloud cloud = make_cloud(regions, 200, 600);
  if (is_broken) break_regions(cloud);
  const fakes::TemporaryDirectory directory;
  MeasuredSite site(directory / "catalog.db", {account(cloud)});
  site.start();
  settle(site);
  Gaps gaps;
  const MeasuredSite::Phase phase = site.run_for(time, 5ms, [&] { gaps.look(site.listings()); });
  const std::vector<double> sorted = gaps.sorted();
  const auto at = [](const std::vector<double>& values, std::size_t percent) {
    return values.empty() ? 0 : values[std::min(values.size() - 1, values.size() * percent / 100)];
  };
  fmt::print("{:<20}{:>9}{:>9}{:>9.0f}{:>9.0f}{:>9.0f}{:>9.0f}{:>9.1f}{:>9.1f}{:>12.2f}\n", name, gaps.regions(),
             sorted.size(), at(sorted, 1), at(sorted, 50), at(sorted, 99), at(sorted, 100), at(phase.late, 99),
             at(phase.late, 100), phase.cpu / static_cast<double>(std::max<std::size_t>(sorted.size(), 1)));
}

/// The same rows, all of them asked for every five seconds, in so many regions. A vendor's types are on sale in each.
void spread(std::size_t regions, std::chrono::seconds time) {
  constexpr std::size_t types = 3000;
  constexpr std::size_t instances = 1500;
  const fakes::Cloud cloud = make_cloud(regions, types / regions, instances);
  const fakes::TemporaryDirectory directory;
  CredentialConfig config = account(cloud);
  config.instance_type_interval = config.instance_interval;
  MeasuredSite site(directory / "catalog.db", {config});
  site.start();
  settle(site);
  Answers answers;
  const MeasuredSite::Phase phase = site.run_for(time, 250ms, [&] { answers.look(site.listings()); });
  answers.look(site.listings());  // those of its last second
  fmt::print("{:>7}{:>16}{:>11}{:>9}{:>9}{:>10.0f}{:>14.2f}{:>10.1f}\n", regions, types / regions, instances / regions,
             answers.count(), answers.rows(), phase.cpu, phase.cpu / static_cast<double>(answers.count()),
             phase.cpu * 1e3 / static_cast<double>(answers.rows()));
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
  fmt::print("\n{:>7}{:>27}{:>18}{:>34}\n", "", "in each", "in all", "CPU");
  fmt::print("{:>7}{:>16}{:>11}{:>9}{:>9}{:>10}{:>14}{:>10}\n", "regions", "types", "instances", "answers", "rows",
             "ms", "ms an answer", "us a row");
  for (const std::size_t count : {1U, 10U, 30U}) spread(count, time);
  return 0;
}
