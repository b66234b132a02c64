// simcloud: a simulated GPU cloud on a loopback port, for trying and testing tallyd without an account.
#include <sysexits.h>

#include <CLI/CLI.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/system/system_error.hpp>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "runtime/descriptors.hpp"
#include "simcloud/face.hpp"
#include "simcloud/simcloud.hpp"

namespace {

using tally::simcloud::SshExec;

std::string kinds_of_faults() {
  std::string text = "Kinds of faults:\n";
  for (const tally::simcloud::FaultKind& kind : tally::simcloud::fault_kinds) {
    text.append("  ").append(kind.name).append(": ").append(kind.about).append("\n");
  }
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  tally::simcloud::Options options;
  std::int64_t step_ms = options.step.count();
  CLI::App app("A simulated GPU cloud behind a real loopback server that speaks a provider's own API.");
  app.set_version_flag("--version", "simcloud " TALLY_VERSION);
  std::vector<std::string> providers;
  for (const tally::simcloud::Face* face : tally::simcloud::faces()) providers.emplace_back(face->provider);
  app.add_option("--provider", options.provider, "whose API it speaks")
      ->check(CLI::IsMember(providers))
      ->capture_default_str();
  app.add_option("--seed", options.world.seed, "what the world moves on")->capture_default_str();
  app.add_option("--types", options.world.types, "vendor types on sale")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--regions", options.world.regions, "regions")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--instances", options.world.instances, "instances that are kept up")->capture_default_str();
  app.add_option("--gpu-quota", options.world.gpu_quota, "GPUs that the account may have")->capture_default_str();
  app.add_option("--step", step_ms, "milliseconds between moves; 0: only on POST /control/step")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--port", options.port, "port on 127.0.0.1; 0: any free one")->capture_default_str();
  app.add_option("--api-key", options.api_key, "the key that requests must carry")->capture_default_str();
  app.add_option("--replies", options.replies, "serve the recorded replies of this folder")
      ->check(CLI::ExistingDirectory);
  std::vector<std::string> faults;
  app.add_option("--fault", faults,
                 "a fault from the start on, in JSON, as POST /control/fault takes it: '{\"kind\":\"fails_later\"}'");
  app.footer(kinds_of_faults());
  tally::simcloud::SshOptions ssh;
  bool is_without_ssh = false;
  const std::map<std::string, SshExec> exec = {
      {"auto", SshExec::automatic}, {"on", SshExec::on}, {"off", SshExec::off}};
  app.add_flag("--no-ssh", is_without_ssh, "instances do not answer over SSH");
  app.add_option("--ssh-port", ssh.port, "SSH port of every instance, on its own address; 0: any free one")
      ->capture_default_str();
  app.add_option("--ssh-authorized-key", ssh.authorized_key, "file of the public key that logs in; else any key does")
      ->check(CLI::ExistingFile);
  app.add_option("--ssh-exec", ssh.exec, "run commands: on, off, auto (with --ssh-authorized-key only)")
      ->transform(CLI::CheckedTransformer(exec))
      ->default_str("auto");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? EX_OK : EX_USAGE;
  }
  options.step = std::chrono::milliseconds(step_ms);
  if (!is_without_ssh) options.ssh = ssh;
  tally::allow_many_descriptors();  // every instance that answers over SSH takes one, and so does who comes
  try {
    for (const std::string& fault : faults) options.faults.push_back(tally::simcloud::read_fault(fault));
    boost::asio::io_context context(1);
    tally::simcloud::SimCloud cloud(context, options);
    boost::asio::signal_set signals(context, SIGINT, SIGTERM);
    signals.async_wait([&cloud](const boost::system::error_code&, int) { cloud.stop(); });
    std::cout << "listening on " << cloud.endpoint() << '\n';
    if (cloud.ssh_port() != 0) std::cout << "instances answer over SSH on port " << cloud.ssh_port() << '\n';
    std::cout << std::flush;
    context.run();
    return EX_OK;
  } catch (const boost::system::system_error& error) {
    std::cerr << "simcloud: " << error.what() << '\n';
    return EX_UNAVAILABLE;
  } catch (const std::invalid_argument& error) {
    std::cerr << "simcloud: " << error.what() << '\n';
    return EX_DATAERR;
  }
}
