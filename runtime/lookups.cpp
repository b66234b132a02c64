#include "runtime/lookups.hpp"

#include <netdb.h>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "runtime/wakeup.hpp"

namespace tally {
namespace asio = boost::asio;

namespace {
constexpr std::size_t most_addresses = 8;
}  // namespace

struct Lookups::Lookup {
  std::string host;
  std::vector<std::shared_ptr<Wakeup>> waiters;
  std::shared_ptr<const FoundAddresses> found;  // once they are woken
};

struct Lookups::Shared {
  Shared(LookUp how, std::size_t limit) : look_up(std::move(how)), most(limit) {}
  const LookUp look_up;
  const std::size_t most;
  std::mutex mutex;  // of all that follows, lookups included
  std::size_t threads = 0;
  std::map<std::string, std::shared_ptr<Lookup>> open;
  std::deque<std::shared_ptr<Lookup>> waiting;  // for a thread
};

Lookups::Lookups(LookUp look_up, std::size_t most) : shared_(std::make_shared<Shared>(std::move(look_up), most)) {}

/// A thread: one name after the other, as long as there are some.
void Lookups::work(const std::shared_ptr<Shared>& shared) {
  std::unique_lock lock(shared->mutex);
  while (!shared->waiting.empty()) {
    const std::shared_ptr<Lookup> lookup = std::move(shared->waiting.front());
    shared->waiting.pop_front();
    lock.unlock();
    auto found = std::make_shared<const FoundAddresses>(shared->look_up(lookup->host));
    lock.lock();
    shared->open.erase(lookup->host);
    lookup->found = std::move(found);
    for (const std::shared_ptr<Wakeup>& waiter : lookup->waiters) waiter->wake();
  }
  --shared->threads;
}

asio::awaitable<std::shared_ptr<const FoundAddresses>> Lookups::find(std::string host, TimePoint deadline) {
  const std::shared_ptr<Shared> shared = shared_;
  const auto done = std::make_shared<Wakeup>(co_await asio::this_coro::executor);
  std::shared_ptr<Lookup> lookup;
  {
    const std::lock_guard lock(shared->mutex);
    if (const auto open = shared->open.find(host); open != shared->open.end()) {
      lookup = open->second;
    } else {
      if (shared->threads < shared->most) {
        std::thread([shared] { work(shared); }).detach();  // it begins when the lock is free
        ++shared->threads;
      }
      lookup = std::make_shared<Lookup>();
      lookup->host = host;
      shared->open.emplace(host, lookup);
      shared->waiting.push_back(lookup);
    }
    lookup->waiters.push_back(done);
  }
  const bool is_found = co_await done->wait(deadline);
  const auto state = co_await asio::this_coro::cancellation_state;
  if (!is_found && state.cancelled() != asio::cancellation_type::none) {
    throw boost::system::system_error(asio::error::operation_aborted);
  }
  const std::lock_guard lock(shared->mutex);
  co_return lookup->found;
}

FoundAddresses system_lookup(const std::string& host) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  FoundAddresses found;
  found.code = getaddrinfo(host.c_str(), nullptr, &wanted, &list);
  if (found.code != 0) return found;
  for (const addrinfo* at = list; at != nullptr && found.addresses.size() < most_addresses; at = at->ai_next) {
    asio::ip::tcp::endpoint endpoint;
    if (at->ai_addrlen > endpoint.capacity()) continue;
    std::memcpy(endpoint.data(), at->ai_addr, at->ai_addrlen);
    endpoint.resize(at->ai_addrlen);
    found.addresses.push_back(endpoint.address());
  }
  freeaddrinfo(list);
  return found;
}

}  // namespace tally
