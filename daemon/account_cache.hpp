// The Cache of one account: read from the catalog when the account is opened, written behind. Loop thread.
#pragma once

#include <map>

#include "cloud/cache.hpp"
#include "cloud/ids.hpp"
#include "cloud/tasks.hpp"
#include "syncers/catalog_writer.hpp"

namespace tally {

class AccountCache final : public Cache {
 public:
  using Values = std::map<std::string, std::string, std::less<>>;

  AccountCache(CredentialRef credential, Values values, CatalogWriter& writer, Tasks& tasks)
      : credential_(std::move(credential)), values_(std::move(values)), writer_(writer), tasks_(tasks) {}

  [[nodiscard]] std::optional<std::string> get(std::string_view key) const override {
    const auto at = values_.find(key);
    return at == values_.end() ? std::nullopt : std::optional(at->second);
  }
  void put(std::string key, std::string value) override {
    values_.insert_or_assign(key, value);
    tasks_.spawn("cache", writer_.save_cache(credential_, std::move(key), std::move(value)));
  }

 private:
  CredentialRef credential_;
  Values values_;
  CatalogWriter& writer_;
  Tasks& tasks_;
};

}  // namespace tally
