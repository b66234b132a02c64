// Gathers the results of probes and writes them about once a second, in one commit: thousands may come at once. Of
// one instance the last result counts. Loop thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <map>
#include <unordered_map>

#include "store/catalog_writer.hpp"
#include "store/ssh_records.hpp"

namespace tally {

class SshGroup {
 public:
  SshGroup(CatalogWriter& writer, Clock& clock) : writer_(writer), clock_(clock) {}

  void put(const CredentialRef& credential, ProbeRecord record);

  /// The instance has ended: what is kept of it goes.
  void forget(const CredentialRef& credential, const CloudId& id);

  /// Whether something is still to be forgotten of this instance, which has come back. The caller does it.
  bool take_forgotten(const CredentialRef& credential, const CloudId& id);

  /// Writes what is gathered, now. Throws StoreError; everything is kept then.
  boost::asio::awaitable<void> flush();

  /// Flushes once a second until cancelled.
  boost::asio::awaitable<void> run();

 private:
  struct Part {
    std::unordered_map<CloudId, ProbeRecord> probes;
    std::map<CloudId, std::uint64_t> forgotten;  // and at which request, so that a later one is another
  };
  using Parts = std::map<CredentialRef, Part>;

  void drop_written(const CredentialRef& credential, const Part& written);

  CatalogWriter& writer_;
  Clock& clock_;
  Parts parts_;  // what is not in the catalog yet, also while it is being written
  std::uint64_t asked_ = 0;
};

}  // namespace tally
