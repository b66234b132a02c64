// The simulated cloud, as its users start it: a world on a seed, and loopback servers that speak the providers' own
// wire APIs to it. Runs on the io_context it is given (the program's main loop, or the thread of `tallyd --demo`).
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "simcloud/faults.hpp"
#include "simcloud/ssh_server.hpp"
#include "simcloud/world.hpp"

namespace tally::simcloud {

struct Options {
  std::string provider = "lambda";  // whose API it speaks, as tallyd's config names it
  WorldOptions world;
  std::chrono::milliseconds step{2000};  // the world moves once a step; 0: only when told to (POST /control/step)
  std::uint16_t port = 0;                // 0: any free one
  std::string api_key = "simcloud-demo-key";
  std::filesystem::path replies;  // not empty: serve the recorded replies of this folder instead of the world
  std::vector<Fault> faults;      // in force from the start on
  std::optional<SshOptions> ssh;  // absent, or with recorded replies: no SSH servers. Its seed is the world's
};

class SimCloud {
 public:
  /// Listens on 127.0.0.1 at once; throws boost::system::system_error when a port is taken,
  /// std::invalid_argument for a provider whose API it does not speak and for an authorized key that is none.
  SimCloud(boost::asio::io_context& context, Options options);
  ~SimCloud();  // as stop()
  SimCloud(const SimCloud&) = delete;
  SimCloud& operator=(const SimCloud&) = delete;

  /// "http://127.0.0.1:40123/api/v1": what a credential's endpoint is set to.
  [[nodiscard]] std::string endpoint() const;

  /// On which the active instances answer over SSH, each on its own address; 0: they do not.
  [[nodiscard]] std::uint16_t ssh_port() const;

  /// Stops listening and drops every connection. Call on the context's thread.
  void stop();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace tally::simcloud
