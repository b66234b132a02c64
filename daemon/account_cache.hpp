// The Cache of one account: read from the catalog when the account is opened, written behind; what cannot be written is
// tried again each second. Loop thread.
#pragma once

#include <map>
#include <set>
#include <string>

#include "cloud/cache.hpp"
#include "cloud/ids.hpp"
#include "runtime/clock.hpp"
#include "runtime/tasks.hpp"
#include "store/catalog_writer.hpp"

namespace tally {

class AccountCache final : public Cache {
 public:
  using Values = std::map<std::string, std::string, std::less<>>;

  /// The references outlive it; what is written is among `tasks`.
  AccountCache(CredentialRef credential, Values values, CatalogWriter& writer, Clock& clock, Tasks& tasks);

  [[nodiscard]] std::optional<std::string> get(std::string_view key) const override;
  void put(std::string key, std::string value) override;

  /// Knows what `before` knew, which is of the same account and writes no more: what that one still had to write, too.
  void adopt(const AccountCache& before);

 private:
  boost::asio::awaitable<void> write_behind();

  CredentialRef credential_;
  Values values_;
  std::set<std::string> unwritten_;  // keys
  CatalogWriter& writer_;
  Clock& clock_;
  Tasks& tasks_;
  bool is_writing_ = false;
};

}  // namespace tally
