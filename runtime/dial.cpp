#include "runtime/dial.hpp"

#include <netdb.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <memory>

#include "runtime/lookups.hpp"

namespace tally {
namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;

namespace {

constexpr std::size_t most_lookups = 32;
constexpr auto head_start = std::chrono::milliseconds(250);

/// The look-ups of one io_context.
class LookupService final : public asio::execution_context::service {
 public:
  using key_type = LookupService;
  static asio::execution_context::id id;  // NOLINT: Asio wants it so

  explicit LookupService(asio::execution_context& context) : service(context) {}
  Lookups lookups{system_lookup, most_lookups};

 private:
  void shutdown() noexcept override {}
};
asio::execution_context::id LookupService::id;  // NOLINT

std::string resolver_words(int code) {
  switch (code) {
    case EAI_NONAME: return "there is no such host";
    case EAI_AGAIN: return "the resolver gives no answer; does DNS work on this machine?";
    default: return gai_strerror(code);
  }
}

error_code late() { return make_error_code(boost::system::errc::stream_timeout); }

std::string connect_words(const error_code& code) {
  if (code == asio::error::connection_refused) {
    return "connection refused: nothing listens there, or a firewall refuses";
  }
  if (code == asio::error::timed_out) return "no answer: the machine is down, or a firewall drops what is sent to it";
  if (code == late()) return "no answer in time";
  return code.message();
}

/// One address being tried. Shared with the timer that ends it.
struct DialAttempt {
  explicit DialAttempt(const asio::any_io_executor& executor) : socket(executor), turn(executor), end(executor) {}
  tcp::socket socket;
  asio::steady_timer turn;
  asio::steady_timer end;
  bool is_late = false;
  bool is_over = false;
};

/// Throws when it does not connect: that is how wait_for_one_success tells the attempts apart.
asio::awaitable<std::shared_ptr<DialAttempt>> try_address(tcp::endpoint endpoint, std::chrono::milliseconds delay,
                                                          TimePoint deadline) {
  const auto attempt = std::make_shared<DialAttempt>(co_await asio::this_coro::executor);
  attempt->turn.expires_at(std::min(TimePoint::clock::now() + delay, deadline));
  if (delay.count() > 0) co_await attempt->turn.async_wait(asio::use_awaitable);
  attempt->end.expires_at(deadline);
  attempt->end.async_wait([attempt](error_code ended) {
    if (ended || attempt->is_over) return;
    attempt->is_late = true;
    attempt->socket.close(ended);
  });
  error_code failure;
  co_await attempt->socket.async_connect(endpoint, asio::redirect_error(asio::use_awaitable, failure));
  attempt->is_over = true;
  attempt->end.cancel();
  if (attempt->is_late) throw boost::system::system_error(late());
  if (failure) throw boost::system::system_error(failure);
  co_return attempt;
}

error_code code_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& error) {
    return error.code();
  }
}

}  // namespace

asio::awaitable<tl::expected<Endpoints, std::string>> resolve(std::string host, int port, TimePoint deadline) {
  const auto wanted = static_cast<std::uint16_t>(port);
  error_code not_an_address;
  const auto address = asio::ip::make_address(host, not_an_address);
  if (!not_an_address) co_return Endpoints(1, tcp::endpoint(address, wanted));

  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  Lookups& lookups = asio::use_service<LookupService>(asio::query(executor, asio::execution::context)).lookups;
  const auto found = co_await lookups.find(std::move(host), deadline);
  if (!found) co_return tl::unexpected(std::string("no answer in time"));
  if (found->code != 0) co_return tl::unexpected(resolver_words(found->code));
  if (found->addresses.empty()) co_return tl::unexpected(std::string("the name has no address"));
  Endpoints endpoints;
  for (const asio::ip::address& each : found->addresses) endpoints.emplace_back(each, wanted);
  co_return endpoints;
}

asio::awaitable<tl::expected<tcp::socket, std::string>> connect(Endpoints endpoints, TimePoint deadline) {
  const auto executor = co_await asio::this_coro::executor;
  using Tried = decltype(asio::co_spawn(executor, try_address({}, {}, {}), asio::deferred));
  std::vector<Tried> tried;
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    tried.push_back(asio::co_spawn(executor, try_address(endpoints[i], head_start * i, deadline), asio::deferred));
  }
  auto [order, failures, attempts] = co_await asio::experimental::make_parallel_group(std::move(tried))
                                         .async_wait(asio::experimental::wait_for_one_success(), asio::use_awaitable);
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) {
    throw boost::system::system_error(asio::error::operation_aborted);
  }
  for (const std::size_t i : order) {
    if (!failures[i]) co_return std::move(attempts[i]->socket);
  }
  std::string words;
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    if (i > 0) words += "; ";
    if (endpoints.size() > 1) words += endpoints[i].address().to_string() + ": ";
    words += connect_words(code_of(failures[i]));
  }
  co_return tl::unexpected(std::move(words));
}

}  // namespace tally
