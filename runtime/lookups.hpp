// The addresses of names, by the system's resolver, which blocks and cannot be stopped: each name that is being looked
// up has a thread, however many ask for it, and no slow name keeps others waiting until all threads are taken.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/clock.hpp"

namespace tally {

struct FoundAddresses {
  int code = 0;  // of getaddrinfo
  std::vector<boost::asio::ip::address> addresses;
};

class Lookups {
 public:
  using LookUp = std::function<FoundAddresses(const std::string& host)>;

  /// `look_up` is called on threads of its own, at most `most` at a time; it may outlive this.
  Lookups(LookUp look_up, std::size_t most);

  /// Nothing when it has not come by `deadline`. On the caller's executor; throws operation_aborted when cancelled. A
  /// look-up that nobody waits for any more goes on, for those who ask next.
  boost::asio::awaitable<std::shared_ptr<const FoundAddresses>> find(std::string host, TimePoint deadline);

 private:
  struct Lookup;
  struct Shared;
  static void work(const std::shared_ptr<Shared>& shared);

  std::shared_ptr<Shared> shared_;  // with the threads
};

/// What getaddrinfo says, at most eight addresses.
FoundAddresses system_lookup(const std::string& host);

}  // namespace tally
