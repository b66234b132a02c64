// simcloud: a simulated GPU cloud on a loopback port, for trying and testing tallyd without an account.
#include <sysexits.h>

#include <CLI/CLI.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/system/system_error.hpp>
#include <iostream>

#include "simcloud/simcloud.hpp"

int main(int argc, char** argv) {
  tally::simcloud::Options options;
  std::int64_t step_ms = options.step.count();
  CLI::App app("A simulated GPU cloud behind a real loopback server that speaks a provider's own API.");
  app.set_version_flag("--version", "simcloud " TALLY_VERSION);
  app.add_option("--provider", options.provider, "whose API it speaks: lambda or shadeform")
      ->check(CLI::IsMember({"lambda", "shadeform"}))
      ->capture_default_str();
  app.add_option("--seed", options.world.seed, "what the world moves on")->capture_default_str();
  app.add_option("--types", options.world.types, "vendor types on sale")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--regions", options.world.regions, "regions")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--instances", options.world.instances, "instances that are kept up")->capture_default_str();
  app.add_option("--step", step_ms, "milliseconds between moves; 0: only on POST /control/step")->capture_default_str();
  app.add_option("--port", options.port, "port on 127.0.0.1; 0: any free one")->capture_default_str();
  app.add_option("--api-key", options.api_key, "the key that requests must carry")->capture_default_str();
  app.add_option("--replies", options.replies, "serve the recorded replies of this folder")
      ->check(CLI::ExistingDirectory);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? EX_OK : EX_USAGE;
  }
  options.step = std::chrono::milliseconds(step_ms);
  try {
    boost::asio::io_context context(1);
    tally::simcloud::SimCloud cloud(context, options);
    boost::asio::signal_set signals(context, SIGINT, SIGTERM);
    signals.async_wait([&cloud](const boost::system::error_code&, int) { cloud.stop(); });
    std::cout << "listening on " << cloud.endpoint() << std::endl;
    context.run();
    return EX_OK;
  } catch (const boost::system::system_error& error) {
    std::cerr << "simcloud: " << error.what() << '\n';
    return EX_UNAVAILABLE;
  }
}
