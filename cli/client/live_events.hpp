// The daemon's event stream (GET /v1/events) as it comes: from a known event on, across restarts of the daemon. One
// thread, which waits in it.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace tally::cli {

struct LiveEvent {
  std::string kind;  // "": the stream was opened, at first or again: what is to be known may have changed
  std::string subject_id;
};

class LiveEvents {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Of the events after this one; nothing: of those to come. Nobody is asked before next().
  LiveEvents(std::filesystem::path socket, std::optional<std::int64_t> after);
  ~LiveEvents();
  LiveEvents(const LiveEvents&) = delete;
  LiveEvents& operator=(const LiveEvents&) = delete;

  /// Waits for the next one. Nothing: the time is up. A daemon that does not answer is asked again each second, from
  /// the last event that was seen on; of a catalog that has no such event, from its newest on.
  std::optional<LiveEvent> next(Time until);

 private:
  class Connection;
  [[nodiscard]] std::string target() const;
  std::optional<LiveEvent> read(const std::string& piece);

  std::filesystem::path socket_;
  std::optional<std::int64_t> after_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace tally::cli
