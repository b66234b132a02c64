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

std::string ref_of(const std::string& provider) { return provider + "-demo"; }

simcloud::Options cloud_of(std::string provider) {
  simcloud::Options options;
  options.world.owner = ref_of(provider);
  options.provider = std::move(provider);
  options.world.seed = std::random_device{}();
  options.world.start = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  return options;
}

CredentialConfig credential(const std::string& provider, const simcloud::SimCloud& cloud) {
  CredentialConfig credential;
  credential.provider = &find_provider(provider)->description;
  credential.credential.ref = CredentialRef(ref_of(provider));
  credential.credential.fields.emplace("api_key", Secret(simcloud::Options().api_key));
  credential.credential.endpoint = cloud.endpoint();
  credential.instance_type_interval = demo_type_interval;
  credential.instance_interval = demo_instance_interval;
  return credential;
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
      lambda_(context_, cloud_of("lambda")),
      shadeform_(context_, cloud_of("shadeform")),
      thread_([this] { context_.run(); }) {}

Demo::~Demo() {
  boost::asio::post(context_, [this] {
    lambda_.stop();
    shadeform_.stop();
  });
  thread_.join();
}

Config Demo::config() const {
  Config config;
  config.state_dir = state_dir_;
  config.control_socket = state_dir_ / "tallyd.sock";
  config.log.level = LogLevel::warn;
  config.credentials.push_back(credential("lambda", lambda_));
  config.credentials.push_back(credential("shadeform", shadeform_));
  return config;
}

std::string Demo::introduction() const {
  const std::string tallyctl = fmt::format(
      "{} --state-dir {}", (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "tallyctl").string(),
      state_dir_.string());
  return fmt::format(
      "Two simulated GPU clouds run in this process; one speaks Lambda's API at {},\n"
      "the other, a broker, Shadeform's at {}.\n"
      "tallyd lists their instance types every {} s and their instances every {} s, and keeps the tally in\n"
      "  {}\n"
      "Look at it from another terminal, now or after this has stopped:\n"
      "  {} offers --available\n"
      "  {} instances\n"
      "  {} sql \"SELECT gpu_name, min(price_per_gpu_hour) FROM offers WHERE is_available GROUP BY gpu_name\"\n"
      "What changes is told below, as it is seen. Ctrl-C stops.\n",
      lambda_.endpoint(), shadeform_.endpoint(), demo_type_interval.count(), demo_instance_interval.count(),
      (state_dir_ / "catalog.db").string(), tallyctl, tallyctl, tallyctl);
}

}  // namespace tally
