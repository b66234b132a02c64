// `tallyd --demo`: the main job with no account anywhere. Runs simulated clouds on a thread of its own, and makes
// the configuration that points at them.
#pragma once

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <memory>
#include <thread>
#include <vector>

#include "config/config.hpp"
#include "simcloud/simcloud.hpp"

namespace tally {

class Demo {
 public:
  /// Starts the clouds. `state_dir` empty: a fresh temporary directory.
  explicit Demo(std::filesystem::path state_dir);
  ~Demo();
  Demo(const Demo&) = delete;
  Demo& operator=(const Demo&) = delete;

  /// A credential of each provider whose API a simulated cloud speaks, polled faster than a real one would be.
  [[nodiscard]] Config config() const;

  /// Of the key that logs in to the simulated instances; the file need not be there.
  [[nodiscard]] std::filesystem::path public_key() const;

  /// What a person should know before it starts: what is synced, where to, and how to look at it.
  [[nodiscard]] std::string introduction() const;

 private:
  std::filesystem::path state_dir_;
  boost::asio::io_context context_{1};
  std::vector<std::unique_ptr<simcloud::SimCloud>> clouds_;  // as simcloud::faces()
  std::thread thread_;
};

}  // namespace tally
