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
#include "simcloud/ssh_keys.hpp"
#include "store/error.hpp"

namespace tally {
namespace {

constexpr std::chrono::seconds demo_type_interval{5};
constexpr std::chrono::seconds demo_instance_interval{2};
constexpr std::chrono::seconds demo_recheck_interval{10};
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

simcloud::Options cloud_of(std::string provider, const std::filesystem::path& state_dir) {
  simcloud::Options options;
  options.world.owner = ref_of(provider);
  options.provider = std::move(provider);
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
  ssh.key_file = login_key(state_dir);
  ssh.port = cloud.ssh_port();
  ssh.recheck_interval = demo_recheck_interval;
  if (ssh.private_key.empty()) return ssh;
  BootstrapConfig greeting;
  greeting.agent_script = "#!/bin/sh\necho set up by tallyd\n";
  ssh.bootstraps.push_back(std::move(greeting));
  return ssh;
}

CredentialConfig credential(const std::string& provider, const simcloud::SimCloud& cloud,
                            const std::filesystem::path& state_dir) {
  CredentialConfig credential;
  credential.provider = &find_provider(provider)->description;
  credential.credential.ref = CredentialRef(ref_of(provider));
  credential.credential.fields.emplace("api_key", Secret(simcloud::Options().api_key));
  credential.credential.endpoint = cloud.endpoint();
  credential.instance_type_interval = demo_type_interval;
  credential.instance_interval = demo_instance_interval;
  credential.ssh = ssh_to(cloud, state_dir);
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

Demo::Demo(std::filesystem::path state_dir)
    : state_dir_(state_dir.empty() ? fresh_directory() : std::move(state_dir)),
      lambda_(context_, cloud_of("lambda", state_dir_)),
      shadeform_(context_, cloud_of("shadeform", state_dir_)),
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
  config.credentials.push_back(credential("lambda", lambda_, state_dir_));
  config.credentials.push_back(credential("shadeform", shadeform_, state_dir_));
  return config;
}

std::filesystem::path Demo::public_key() const { return login_key(state_dir_).string() + ".pub"; }

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
      "Their instances answer over SSH, each on its own address, the first cloud's on port {}, the second's on port "
      "{}:\n"
      "  ssh -i {} -p PORT ubuntu@ADDRESS\n"
      "A machine is ordered, looked at and ended below, by commands that you can give as well:\n"
      "  {} create --gpu H100 --max-price 30 --public-key {} --wait reachable\n"
      "What changes is told below, as it is seen. Ctrl-C stops.\n",
      lambda_.endpoint(), shadeform_.endpoint(), demo_type_interval.count(), demo_instance_interval.count(),
      (state_dir_ / "catalog.db").string(), tallyctl, tallyctl, tallyctl, lambda_.ssh_port(), shadeform_.ssh_port(),
      login_key(state_dir_).string(), tallyctl, public_key().string());
}

}  // namespace tally
