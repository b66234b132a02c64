#include "ssh/dial.hpp"

#include <netdb.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <cstring>
#include <memory>
#include <thread>

#include "ssh/wakeup.hpp"

namespace tally {
namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;

namespace {

constexpr std::size_t most_addresses = 8;
constexpr auto head_start = std::chrono::milliseconds(250);

struct Found {
  int code = 0;  // of getaddrinfo
  Endpoints endpoints;
};

Found look_up(const std::string& host, int port) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  Found found;
  found.code = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &list);
  if (found.code != 0) return found;
  for (const addrinfo* at = list; at != nullptr && found.endpoints.size() < most_addresses; at = at->ai_next) {
    tcp::endpoint endpoint;
    if (at->ai_addrlen > endpoint.capacity()) continue;
    std::memcpy(endpoint.data(), at->ai_addr, at->ai_addrlen);
    endpoint.resize(at->ai_addrlen);
    found.endpoints.push_back(endpoint);
  }
  freeaddrinfo(list);
  return found;
}

/// Shared by the thread that looks up and the coroutine that waits for it.
struct Lookup {
  Found found;  // the thread's until it wakes the coroutine
  std::shared_ptr<Wakeup> done;
};

std::string resolver_words(int code) {
  switch (code) {
    case EAI_NONAME: return "there is no such host";
    case EAI_AGAIN: return "the resolver gives no answer; does DNS work on this machine?";
    default: return gai_strerror(code);
  }
}

std::string connect_words(const error_code& code) {
  if (code == asio::error::connection_refused) {
    return "connection refused: nothing listens there, or a firewall refuses";
  }
  if (code == asio::error::timed_out) return "no answer: the machine is down, or a firewall drops what is sent to it";
  return code.message();
}

/// Throws when it does not connect: that is how wait_for_one_success tells the attempts apart.
asio::awaitable<std::unique_ptr<tcp::socket>> attempt(tcp::endpoint endpoint, std::chrono::milliseconds delay) {
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer turn(executor, delay);
  if (delay.count() > 0) co_await turn.async_wait(asio::use_awaitable);
  auto socket = std::make_unique<tcp::socket>(executor);
  co_await socket->async_connect(endpoint, asio::use_awaitable);
  co_return socket;
}

error_code code_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& error) {
    return error.code();
  }
}

}  // namespace

asio::awaitable<OrWords<Endpoints>> resolve(std::string host, int port) {
  error_code not_an_address;
  const auto address = asio::ip::make_address(host, not_an_address);
  if (!not_an_address) co_return Endpoints(1, tcp::endpoint(address, static_cast<std::uint16_t>(port)));

  auto lookup = std::make_shared<Lookup>();
  lookup->done = std::make_shared<Wakeup>(co_await asio::this_coro::executor);
  std::thread([lookup, host, port] {
    lookup->found = look_up(host, port);
    lookup->done->wake();
  }).detach();
  const bool is_found = co_await lookup->done->wait();
  if (!is_found) throw boost::system::system_error(asio::error::operation_aborted);
  Found& found = lookup->found;
  if (found.code != 0) co_return failed(resolver_words(found.code));
  if (found.endpoints.empty()) co_return failed("the name has no address");
  co_return std::move(found.endpoints);
}

asio::awaitable<OrWords<tcp::socket>> connect(Endpoints endpoints) {
  const auto executor = co_await asio::this_coro::executor;
  using Attempt = decltype(asio::co_spawn(executor, attempt({}, {}), asio::deferred));
  std::vector<Attempt> attempts;
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    attempts.push_back(asio::co_spawn(executor, attempt(endpoints[i], head_start * i), asio::deferred));
  }
  auto [order, failures, sockets] = co_await asio::experimental::make_parallel_group(std::move(attempts))
                                        .async_wait(asio::experimental::wait_for_one_success(), asio::use_awaitable);
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) {
    throw boost::system::system_error(asio::error::operation_aborted);
  }
  for (const std::size_t i : order) {
    if (!failures[i]) co_return std::move(*sockets[i]);
  }
  std::string words;
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    if (i > 0) words += "; ";
    if (endpoints.size() > 1) words += endpoints[i].address().to_string() + ": ";
    words += connect_words(code_of(failures[i]));
  }
  co_return failed(std::move(words));
}

}  // namespace tally
