// The demo's own machine, from offer to terminated: made and ended by tallyctl, as a person would do it. A thread of
// its own, and a child process while a command runs.
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tally {

class DemoOrder {
 public:
  /// Begins when the catalog has something that can be had. `say` is called on the thread.
  DemoOrder(std::filesystem::path state_dir, std::filesystem::path public_key,
            std::function<void(const std::string& line)> say);
  ~DemoOrder();  // a command that runs is ended; what it asked for goes on in the journal
  DemoOrder(const DemoOrder&) = delete;
  DemoOrder& operator=(const DemoOrder&) = delete;

 private:
  void run();
  bool rest(std::chrono::milliseconds pause);
  std::string gpu_to_have();
  bool command(const std::vector<std::string>& words);

  std::filesystem::path state_dir_;
  std::filesystem::path public_key_;
  std::function<void(const std::string& line)> say_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool is_over_ = false;
  std::thread thread_;
};

}  // namespace tally
