// One listing that is brought up to date again and again. One pass; the loop around it is Periodic's.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "cloud/error.hpp"

namespace tally {

/// How a pass went: empty, or the error because of which it was incomplete.
using Outcome = std::optional<Error>;

class Syncer {
 public:
  virtual ~Syncer() = default;
  [[nodiscard]] virtual std::string name() const = 0;  // for the log: "lambda-prod instances of us-east-1"
  [[nodiscard]] virtual std::chrono::milliseconds interval() const = 0;
  [[nodiscard]] virtual std::chrono::milliseconds deadline() const = 0;  // of a pass: it fails then

  /// Whether the listing is to be asked at all; when not, its loop ends.
  [[nodiscard]] virtual bool is_wanted() const = 0;

  /// `skipped`: passes that were due since the last one and could not start because it still ran.
  virtual boost::asio::awaitable<Outcome> pass(std::int64_t skipped) = 0;
};

}  // namespace tally
