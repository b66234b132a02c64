// A small key-value memory that survives restarts (price lists, mostly). One per account; kept by the store.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tally {

class Cache {
 public:
  virtual ~Cache() = default;
  [[nodiscard]] virtual std::optional<std::string> get(std::string_view key) const = 0;
  virtual void put(std::string_view key, std::string value) = 0;
};

}  // namespace tally
