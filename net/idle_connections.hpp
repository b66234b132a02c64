// Connections that their servers keep open, until the next call to the same origin. Loop thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "net/connection.hpp"
#include "runtime/clock.hpp"

namespace tally {

class IdleConnections {
 public:
  explicit IdleConnections(Clock& clock) : clock_(clock) {}

  /// The one that was used last; nullptr when there is none that is likely to be open still.
  std::unique_ptr<HttpConnection> take(const HttpUrl& url) {
    std::vector<Idle>& idle = idle_[url.origin()];
    while (!idle.empty()) {
      Idle last = std::move(idle.back());
      idle.pop_back();
      if (clock_.now() - last.since < longest) return std::move(last.connection);
    }
    return nullptr;
  }

  void keep(const HttpUrl& url, std::unique_ptr<HttpConnection> connection) {
    std::vector<Idle>& idle = idle_[url.origin()];
    if (idle.size() >= most_per_origin) idle.erase(idle.begin());
    idle.push_back({std::move(connection), clock_.now()});
  }

 private:
  static constexpr std::size_t most_per_origin = 4;
  static constexpr std::chrono::seconds longest{45};  // servers commonly close after 60

  struct Idle {
    std::unique_ptr<HttpConnection> connection;
    TimePoint since;
  };

  Clock& clock_;
  std::map<std::string, std::vector<Idle>> idle_;
};

}  // namespace tally
