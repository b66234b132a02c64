#include "tests/api/api_site.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>
#include <future>
#include <thread>

#include "api/api.hpp"
#include "api/server.hpp"
#include "runtime/system_clock.hpp"
#include "tests/api/openapi_exchange.hpp"
#include "tests/fakes/await.hpp"

namespace tally::api_tests {
namespace asio = boost::asio;

IdleControl::IdleControl() {
  contact_.record.stage = "auth";
  contact_.record.is_ok = true;
}

asio::awaitable<std::vector<std::string>> IdleControl::reload() {
  fail_if_told();
  std::vector<std::string> problems = problems_;
  co_return problems;
}

Task<api::CredentialCheck> IdleControl::check(CredentialRef credential) {
  ++begun_;
  fail_if_told();
  Error unknown;
  unknown.kind = Errc::resource_not_found;
  if (credential.str() != "cred") co_return tl::unexpected(unknown);
  co_await wait_while_held();
  if (refusal_) co_return tl::unexpected(*refusal_);
  api::CredentialCheck check;
  check.credential = credential;
  check.provider_id = "fake";
  co_return check;
}

Task<api::SshContact> IdleControl::probe(CredentialRef, CloudId instance) {
  ++begun_;
  fail_if_told();
  co_await wait_while_held();
  if (refusal_) co_return tl::unexpected(*refusal_);
  api::SshContact contact = contact_;
  contact.record.cloud_id = instance;
  co_return contact;
}

Task<void> IdleControl::trust_host_key(CredentialRef, CloudId instance, std::string fingerprint) {
  fail_if_told();
  if (refusal_) co_return tl::unexpected(*refusal_);
  trusted_ = instance.str() + " " + fingerprint;
  co_return Result<void>();
}

Task<std::int64_t> IdleControl::test_notification(std::string rule) {
  fail_if_told();
  if (refusal_) co_return tl::unexpected(*refusal_);
  co_return static_cast<std::int64_t>(rule.size());
}

void IdleControl::fail_if_told() const {
  if (failure_) std::rethrow_exception(failure_);
}

asio::awaitable<void> IdleControl::wait_while_held() {
  if (is_held_) co_await until_released_();
}

namespace {

using Faults = std::vector<std::string>;

/// A document that cannot be held against what was said is a fault, too.
template <class Judge>
void note(Faults& faults, Judge judge) {
  try {
    if (std::string fault = judge(); !fault.empty()) faults.push_back(std::move(fault));
  } catch (const std::exception& failure) {
    faults.emplace_back(failure.what());
  }
}

/// A stream of events of which each is held against the document.
class WitnessedStream final : public api::Stream {
 public:
  WitnessedStream(std::unique_ptr<api::Stream> stream, Faults& faults) : stream_(std::move(stream)), faults_(faults) {}

  asio::awaitable<std::string> next() override {
    std::string piece = co_await stream_->next();
    note(faults_, [&piece] { return fault_of_events(piece); });
    co_return piece;
  }

 private:
  std::unique_ptr<api::Stream> stream_;
  Faults& faults_;
};

/// Holds the answer to a request against the document.
asio::awaitable<api::Response> witnessed(api::Request request, asio::awaitable<api::Response> answer, Faults& faults) {
  api::Response response = co_await std::move(answer);
  note(faults, [&request, &response] { return fault_of_exchange(request, response); });
  if (response.stream) response.stream = std::make_unique<WitnessedStream>(std::move(response.stream), faults);
  co_return response;
}

}  // namespace

class Site::Impl {
 public:
  explicit Impl(api::Limits limits) {
    for (int i = 0; i < 30; ++i) {
      const InstanceType type = make_type("region-" + std::to_string(i % 3), "t" + std::to_string(i));
      world.catalog.apply(cred, addition(type, now()), state(types_listing, now()));
    }
    for (int i = 0; i < 3; ++i) {
      Instance instance = full_instance();
      instance.cloud_id = CloudId("i/" + std::to_string(i) + " é");
      world.catalog.apply(cred, addition(instance, now()), state(instances_listing, now()));
    }
    server.emplace(
        context, socket(), tasks,
        [this](const api::Request& request) { return witnessed(request, api.handle(request), faults); }, limits);
    tasks.spawn("server", server->run());
    const asio::ip::tcp::endpoint loopback(asio::ip::address_v4::loopback(), 0);
    listener.emplace(
        context, loopback, tasks,
        [this](const api::Request& request) { return witnessed(request, api.handle_public(request, hosts), faults); },
        limits);
    tasks.spawn("listener", listener->run());
    thread = std::thread([this] { context.run(); });
  }
  ~Impl() {
    asio::post(context, [this] {
      tasks.cancel();
      held.cancel();
    });
    thread.join();
    for (const std::string& fault : faults) FAIL_CHECK(fault);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  [[nodiscard]] std::filesystem::path socket() const { return world.directory / "run" / "tallyd.sock"; }

  asio::awaitable<void> until_released() {
    boost::system::error_code woken;
    co_await held.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }

  World world;
  Faults faults;  // of what was answered; of the server's thread
  asio::io_context context{1};
  SystemClock clock;
  asio::thread_pool writer_thread{1};
  CatalogWriter writer{world.catalog, context.get_executor(), writer_thread.get_executor(), clock};
  Tasks tasks{context.get_executor(), nullptr};
  IdleControl control;
  FakeLifecycle lifecycle;
  asio::steady_timer held{context, asio::steady_timer::time_point::max()};
  api::Metrics metrics{clock};
  api::Api api{world.file, writer, clock, tasks, control, metrics, 9400, &lifecycle};
  const api::PublicHosts hosts{asio::ip::address_v4::loopback(), {"scraped.example"}};
  std::optional<api::Server> server;
  std::optional<api::Server> listener;
  std::thread thread;
};

Site::Site(api::Limits limits) : impl_(std::make_unique<Impl>(limits)) {
  impl_->control.until_released_ = [impl = impl_.get()] { return impl->until_released(); };
  impl_->lifecycle.until_released_ = impl_->control.until_released_;
}

Site::~Site() = default;

std::filesystem::path Site::socket() const { return impl_->socket(); }
std::uint16_t Site::port() const { return impl_->listener->port(); }
IdleControl& Site::control() { return impl_->control; }
FakeLifecycle& Site::lifecycle() { return impl_->lifecycle; }
World& Site::world() { return impl_->world; }
const api::Routes& Site::routes() const { return impl_->api.routes(); }

void Site::release() {
  asio::post(impl_->context, [impl = impl_.get()] {
    impl->control.is_held_ = false;
    impl->lifecycle.is_held_ = false;
    impl->held.cancel();
  });
}

void Site::add_events(const std::string& kind, int count, const std::string& detail) {
  ChangeSet changes;
  changes.at = now();
  for (int i = 0; i < count; ++i) changes.events.push_back({kind, "credential", "cred", {}, {}, {}, detail});
  std::promise<void> done;
  asio::co_spawn(impl_->context, impl_->writer.commit(cred, std::move(changes)),
                 [&done](const std::exception_ptr&) { done.set_value(); });
  done.get_future().wait();
}

void Site::begin_commit(ChangeSet changes) {
  changes.at = now();
  asio::co_spawn(impl_->context, impl_->writer.commit(cred, std::move(changes)), [](const std::exception_ptr&) {});
}

std::string refusal_to_listen(const std::filesystem::path& socket) {
  asio::io_context context;
  Tasks tasks(context.get_executor(), nullptr);
  try {
    const api::Server server(context, socket, tasks, nullptr);
    return "";
  } catch (const api::SocketError& error) {
    return error.what();
  }
}

void await_room(const Site& site) {
  fakes::await("room for one more", [&site] { return get(site, "/-/ready").status == 200; });
}

}  // namespace tally::api_tests
