// A cloud as large as you like behind a loopback port, in a process of its own, so that its CPU time and memory are not
// the measured program's. Speaks the two lists of Shadeform's API. Start it before any thread.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace tally::bench {

/// Where its instances are reached; by default nobody is there.
struct ListedSsh {
  std::function<std::string(std::size_t instance)> address;
  std::uint16_t port = 22;
};

class ListCloud {
 public:
  /// `types` counts a type once for each of its four regions.
  ListCloud(std::size_t types, std::size_t instances, ListedSsh ssh = {});
  ~ListCloud();
  ListCloud(const ListCloud&) = delete;
  ListCloud& operator=(const ListCloud&) = delete;

  [[nodiscard]] std::string endpoint() const;

  /// From now on so many of 1,000 instances are replaced by new ones before each list of them.
  void set_churn(int per_mille) { shared_->churn_per_mille = per_mille; }

 private:
  struct Shared {
    std::atomic<int> churn_per_mille{0};
  };
  Shared* shared_;  // both processes map it
  std::uint16_t port_ = 0;
  pid_t child_ = -1;
};

}  // namespace tally::bench
