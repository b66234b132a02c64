// A Cache that lasts as long as the test.
#pragma once

#include <map>

#include "cloud/cache.hpp"

namespace tally::fakes {

class MemoryCache final : public Cache {
 public:
  [[nodiscard]] std::optional<std::string> get(std::string_view key) const override {
    const auto at = values.find(key);
    return at == values.end() ? std::nullopt : std::optional(at->second);
  }
  void put(std::string key, std::string value) override { values.insert_or_assign(std::move(key), std::move(value)); }

  std::map<std::string, std::string, std::less<>> values;
};

}  // namespace tally::fakes
