#include "daemon/demo.hpp"

#include <fmt/format.h>
#include <sysexits.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <random>

#include "daemon/state_lock.hpp"
#include "providers/registry.hpp"

namespace tally {
namespace {

constexpr std::chrono::seconds demo_type_interval{5};
constexpr std::chrono::seconds demo_instance_interval{2};

simcloud::Options demo_cloud() {
  simcloud::Options options;
  options.world.seed = std::random_device{}();
  options.world.start = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  return options;
}

std::filesystem::path fresh_directory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "tallyd-demo-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    throw StateDirError(fmt::format("cannot make {}: {}", pattern, std::strerror(errno)), EX_CANTCREAT);
  }
  return pattern;
}

}  // namespace

Demo::Demo(std::filesystem::path state_dir)
    : state_dir_(state_dir.empty() ? fresh_directory() : std::move(state_dir)),
      cloud_(context_, demo_cloud()),
      thread_([this] { context_.run(); }) {}

Demo::~Demo() {
  boost::asio::post(context_, [this] { cloud_.stop(); });
  thread_.join();
}

Config Demo::config() const {
  CredentialConfig lambda;
  lambda.provider = &find_provider("lambda")->description;
  lambda.credential.ref = CredentialRef("demo");
  lambda.credential.fields.emplace("api_key", Secret(demo_cloud().api_key));
  lambda.credential.endpoint = cloud_.lambda_endpoint();
  lambda.instance_type_interval = demo_type_interval;
  lambda.instance_interval = demo_instance_interval;

  Config config;
  config.state_dir = state_dir_;
  config.log.level = LogLevel::warn;
  config.credentials.push_back(std::move(lambda));
  return config;
}

std::string Demo::introduction() const {
  const std::string tallyctl = fmt::format(
      "{} --state-dir {}", (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "tallyctl").string(),
      state_dir_.string());
  return fmt::format(
      "A simulated GPU cloud runs in this process; it speaks Lambda's API at {}.\n"
      "tallyd lists its instance types every {} s and its instances every {} s, and keeps the tally in\n"
      "  {}\n"
      "Look at it from another terminal, now or after this has stopped:\n"
      "  {} offers --available\n"
      "  {} instances\n"
      "  {} sql \"SELECT gpu_name, min(price_per_gpu_hour) FROM offers WHERE is_available GROUP BY gpu_name\"\n"
      "What changes is told below, as it is seen. Ctrl-C stops.\n",
      cloud_.lambda_endpoint(), demo_type_interval.count(), demo_instance_interval.count(),
      (state_dir_ / "catalog.db").string(), tallyctl, tallyctl, tallyctl);
}

}  // namespace tally
