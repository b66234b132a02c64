// Tells a person what changes in the catalog, in plain words, as it is written: the demo's running commentary. Reads
// the catalog as any other tool would, on a thread of its own.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <iosfwd>
#include <mutex>
#include <thread>

namespace tally {

class Storyteller {
 public:
  /// Starts telling; `out` outlives this object and is written by nobody else meanwhile.
  Storyteller(std::filesystem::path catalog, std::ostream& out);
  ~Storyteller();
  Storyteller(const Storyteller&) = delete;
  Storyteller& operator=(const Storyteller&) = delete;

 private:
  void tell();

  std::filesystem::path catalog_;
  std::ostream& out_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool is_over_ = false;
  std::thread thread_;
};

}  // namespace tally
