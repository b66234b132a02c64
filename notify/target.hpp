// Whom a rule tells. Loop thread.
#pragma once

#include <cstddef>
#include <string>

#include "cloud/result.hpp"

namespace tally::notify {

class Target {
 public:
  virtual ~Target() = default;

  /// One attempt, which ends within some 30 s. Error: why it was not taken, without a secret.
  virtual Task<> deliver(std::string body) = 0;

  /// So many deliveries may be on their way at once.
  [[nodiscard]] virtual std::size_t lanes() const = 0;
};

}  // namespace tally::notify
