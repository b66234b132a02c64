// 2,000 instances that run all at once: the daemon's real parts list them and probe each over SSH, up to a login, while
// another account is polled every 5 seconds. `storm_bench [instances]`
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "bench/list_cloud.hpp"
#include "bench/site.hpp"
#include "bench/ssh_servers.hpp"
#include "simcloud/ssh_keys.hpp"
#include "store/reader.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace {

using namespace tally;
using namespace tally::bench;

std::string text_of(const std::filesystem::path& file) {
  std::string text;
  std::getline(std::ifstream(file), text, '\0');
  return text;
}

std::int64_t number(const std::filesystem::path& catalog, const std::string& sql) {
  return std::get<std::int64_t>(Reader(catalog).query("SELECT " + sql).rows.at(0).at(0));
}

}  // namespace

int main(int argc, char** argv) {
  spdlog::set_level(spdlog::level::warn);
  const std::size_t instances = argc > 1 ? std::stoul(argv[1]) : 2000;
  const SshServers servers(250);
  const ListCloud stormy(400, instances, {[&servers](std::size_t i) { return servers.address(i); }, servers.port()});
  const ListCloud calm(400, 100);
  const fakes::TemporaryDirectory directory;
  const auto catalog = directory / "catalog.db";
  simcloud::make_login_key(directory / "key");
  CredentialConfig storm = account_at("storm", stormy.endpoint());
  storm.ssh.private_key = Secret(text_of(directory / "key"));
  CredentialConfig other = account_at("calm", calm.endpoint());
  other.ssh.is_probed = false;

  MeasuredSite site(catalog, {storm, other});
  site.start();
  const long before = memory_mb("VmRSS");
  const auto begin = std::chrono::steady_clock::now();
  auto look_again = begin;
  const MeasuredSite::Phase phase = site.run_until([&] {
    if (std::chrono::steady_clock::now() < look_again) return false;
    look_again = std::chrono::steady_clock::now() + 500ms;
    return number(catalog, "count(*) FROM ssh_probes") == static_cast<std::int64_t>(instances);
  });
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  fmt::print(
      "{} of {} instances reachable after {:.1f} s, {:.0f} ms of CPU, {:.0f} of it the loop's; +{} MB at the most\n",
      number(catalog, "count(*) FROM instances WHERE is_reachable = 1"), instances, seconds, phase.cpu, phase.loop_cpu,
      memory_mb("VmHWM") - before);
  fmt::print("10-ms ticks of the loop meanwhile: p50 {:.1f}, p99 {:.1f}, most {:.1f} ms late\n",
             phase.late.at(phase.late.size() / 2), phase.late.at(phase.late.size() * 99 / 100), phase.late.back());
  fmt::print("polls of the other account that could not start in time: {}\n",
             number(catalog, "sum(skipped_ticks) FROM sync_states WHERE credential = 'calm'"));
  return 0;
}
