#include "daemon/demo.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sysexits.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <random>
#include <sstream>

#include "providers/registry.hpp"
#include "simcloud/face.hpp"
#include "simcloud/ssh_keys.hpp"
#include "store/error.hpp"

namespace tally {
namespace {

constexpr std::chrono::seconds demo_type_interval{5};
constexpr std::chrono::seconds demo_instance_interval{2};
constexpr std::chrono::seconds demo_recheck_interval{10};
constexpr std::size_t demo_regions = 3;
constexpr mode_t state_dir_mode = 0750;  // as the daemon makes it

std::string ref_of(const std::string& provider) { return provider + "-demo"; }

/// Logs in to the simulated instances, and lets commands run there; lies beside the catalog, made once.
std::filesystem::path login_key(const std::filesystem::path& state_dir) { return state_dir / "demo_ssh_key"; }

simcloud::SshOptions ssh_of(const std::filesystem::path& state_dir) {
  simcloud::SshOptions ssh;
  // Where the directory cannot be used, who locks it says so.
  std::error_code ignored;
  if (std::filesystem::create_directories(state_dir, ignored)) chmod(state_dir.c_str(), state_dir_mode);
  simcloud::make_login_key(login_key(state_dir));
  const std::filesystem::path public_key = login_key(state_dir).string() + ".pub";
  if (std::filesystem::exists(public_key, ignored)) ssh.authorized_key = public_key;
  return ssh;
}

simcloud::Options cloud_of(const std::string& provider, const std::filesystem::path& state_dir) {
  simcloud::Options options;
  options.world.owner = ref_of(provider);
  options.provider = provider;
  options.world.regions = demo_regions;
  options.world.seed = std::random_device{}();
  options.world.has_ssh_trouble = true;
  options.ssh = ssh_of(state_dir);
  options.world.start = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  return options;
}

/// Probed soon again, so that a changed host key shows; each instance is given a word from us once.
SshConfig ssh_to(const simcloud::SimCloud& cloud, const std::filesystem::path& state_dir) {
  SshConfig ssh;
  std::stringstream key;
  key << std::ifstream(login_key(state_dir)).rdbuf();
  ssh.private_key = Secret(key.str());
  ssh.port = cloud.ssh_port();
  ssh.pace.recheck_interval = demo_recheck_interval;
  if (ssh.private_key.empty()) return ssh;
  BootstrapConfig greeting;
  greeting.agent_script = "#!/bin/sh\necho set up by tallyd\n";
  ssh.bootstraps.push_back(std::move(greeting));
  return ssh;
}

CredentialConfig credential(const simcloud::Face& face, const simcloud::SimCloud& cloud,
                            const std::filesystem::path& state_dir) {
  const ProviderDescription& provider = find_provider(face.provider)->description;
  CredentialConfig credential;
  credential.provider = &provider;
  credential.credential = simcloud::credential_at(face, cloud.endpoint(), simcloud::Options().api_key);
  credential.credential.ref = CredentialRef(ref_of(std::string(face.provider)));
  if (credential.credential.endpoint.empty()) credential.credential.endpoint = provider.default_endpoint;
  credential.instance_type_interval = demo_type_interval;
  credential.instance_interval = demo_instance_interval;
  credential.ssh = ssh_to(cloud, state_dir);
  credential.ssh_sources.key_file = login_key(state_dir);
  return credential;
}

std::filesystem::path fresh_directory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "tallyd-demo-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    throw StoreError(fmt::format("cannot make {}: {}", pattern, std::strerror(errno)), EX_CANTCREAT);
  }
  return pattern;
}

}  // namespace

Demo::Demo(std::filesystem::path state_dir) : state_dir_(state_dir.empty() ? fresh_directory() : std::move(state_dir)) {
  for (const simcloud::Face* face : simcloud::faces()) {
    clouds_.push_back(
        std::make_unique<simcloud::SimCloud>(context_, cloud_of(std::string(face->provider), state_dir_)));
  }
  thread_ = std::thread([this] { context_.run(); });
}

Demo::~Demo() {
  boost::asio::post(context_, [this] {
    for (const auto& cloud : clouds_) cloud->stop();
  });
  thread_.join();
}

Config Demo::config() const {
  Config config;
  config.state_dir = state_dir_;
  config.control_socket = state_dir_ / "tallyd.sock";
  config.log.level = LogLevel::warn;
  for (std::size_t i = 0; i < clouds_.size(); ++i) {
    config.credentials.push_back(credential(*simcloud::faces()[i], *clouds_[i], state_dir_));
  }
  return config;
}

std::filesystem::path Demo::public_key() const { return login_key(state_dir_).string() + ".pub"; }

std::string Demo::introduction() const {
  const std::string tallyctl = fmt::format(
      "{} --state-dir {}", (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "tallyctl").string(),
      state_dir_.string());
  std::string clouds;
  for (std::size_t i = 0; i < clouds_.size(); ++i) {
    clouds += fmt::format("  {:<12} {:<42} {}\n", simcloud::faces()[i]->provider, clouds_[i]->endpoint(),
                          clouds_[i]->ssh_port());
  }
  return fmt::format(
      "Simulated GPU clouds run in this process, each of which speaks a provider's API, and their instances answer "
      "over\n"
      "SSH, each on its own address and its cloud's port:\n"
      "  {:<12} {:<42} {}\n"
      "{}"
      "tallyd lists their instance types every {} s and their instances every {} s, and keeps the tally in\n"
      "  {}\n"
      "Look at it from another terminal, now or after this has stopped:\n"
      "  {} offers --available\n"
      "  {} instances\n"
      "  {} sql \"SELECT gpu_name, min(price_per_gpu_hour) FROM offers WHERE is_available GROUP BY gpu_name\"\n"
      "  ssh -i {} -p PORT ubuntu@ADDRESS\n"
      "A machine is ordered, looked at and ended below, by commands that you can give as well:\n"
      "  {} create --gpu H100 --max-price 30 --public-key {} --wait reachable\n"
      "What changes is told below, as it is seen. Ctrl-C stops.\n",
      "provider", "API", "SSH port", clouds, demo_type_interval.count(), demo_instance_interval.count(),
      (state_dir_ / "catalog.db").string(), tallyctl, tallyctl, tallyctl, login_key(state_dir_).string(), tallyctl,
      public_key().string());
}

}  // namespace tally
