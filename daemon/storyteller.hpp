// Tells a person on standard output what changes in the catalog, in plain words, as it is written: the demo's running
// commentary. Reads the catalog as any other tool would, on a thread of its own.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "daemon/line_output.hpp"

namespace tally {

class Storyteller {
 public:
  /// Says the introduction, line by line, and starts telling.
  Storyteller(std::filesystem::path catalog, const std::string& introduction);
  ~Storyteller();

  /// A line of somebody else's, any thread.
  void say(const std::string& line);

  Storyteller(const Storyteller&) = delete;
  Storyteller& operator=(const Storyteller&) = delete;

 private:
  void tell();

  std::filesystem::path catalog_;
  LineOutput output_;
  std::shared_ptr<spdlog::logger> out_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool is_over_ = false;
  std::thread thread_;
};

}  // namespace tally
