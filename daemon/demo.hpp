// `tallyd --demo`: the main job with no account anywhere. Runs the simulated cloud on a thread of its own, and makes
// the configuration that points at it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <thread>

#include "config/config.hpp"
#include "simcloud/simcloud.hpp"

namespace tally {

class Demo {
 public:
  /// Starts the cloud. `state_dir` empty: a fresh temporary directory.
  explicit Demo(std::filesystem::path state_dir);
  ~Demo();
  Demo(const Demo&) = delete;
  Demo& operator=(const Demo&) = delete;

  /// One Lambda credential at the simulated cloud, polled faster than a real one would be.
  [[nodiscard]] Config config() const;

  /// What a person should know before it starts: what is synced, where to, and how to look at it.
  [[nodiscard]] std::string introduction() const;

 private:
  std::filesystem::path state_dir_;
  boost::asio::io_context context_{1};
  simcloud::SimCloud cloud_;
  std::thread thread_;
};

}  // namespace tally
