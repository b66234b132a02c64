// Brings to the catalog what is learned over SSH. The results of probes are gathered and written about once a second,
// in one commit: thousands may come at once. Of one instance the last result counts. What cannot wait is written at
// once. Loop thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <map>
#include <unordered_map>
#include <utility>

#include "store/catalog_writer.hpp"
#include "store/ssh_records.hpp"

namespace tally {

class SshRecorder {
 public:
  SshRecorder(CatalogWriter& writer, Clock& clock, boost::asio::any_io_executor loop)
      : writer_(writer), clock_(clock), loop_(std::move(loop)) {}

  void put(const CredentialRef& credential, ProbeRecord record);

  /// The instance has ended: what is kept of it goes.
  void forget(const CredentialRef& credential, const CloudId& id);

  /// Writes changes of one instance, now, after what is still to be forgotten of it. Finished whatever becomes of the
  /// caller; who is cancelled while it is written goes on with its outcome. Throws StoreError; nothing is written then.
  boost::asio::awaitable<void> commit(CredentialRef credential, CloudId id, SshChanges changes);

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

  bool take_forgotten(const CredentialRef& credential, const CloudId& id);
  void drop_written(const CredentialRef& credential, const Part& written);

  CatalogWriter& writer_;
  Clock& clock_;
  boost::asio::any_io_executor loop_;
  Parts parts_;  // what is not in the catalog yet, also while it is being written
  std::uint64_t asked_ = 0;
};

}  // namespace tally
