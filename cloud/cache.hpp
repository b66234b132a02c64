// A small key-value memory of one account that survives restarts (price lists, mostly). Kept by the store. Loop thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tally {

class Cache {
 public:
  virtual ~Cache() = default;
  [[nodiscard]] virtual std::optional<std::string> get(std::string_view key) const = 0;

  /// Known at once; on disk soon after. A value that is there already is not written again.
  virtual void put(std::string key, std::string value) = 0;
};

}  // namespace tally
