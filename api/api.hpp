// The control API: which request does what (docs/openapi.yaml). Reads run on a thread and a connection of their own,
// so that a large page delays nobody. Loop thread.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "api/control.hpp"
#include "api/jobs.hpp"
#include "api/lifecycle_calls.hpp"
#include "api/metrics/scrape.hpp"
#include "api/public_hosts.hpp"
#include "api/routes.hpp"
#include "runtime/clock.hpp"
#include "store/catalog_writer.hpp"
#include "store/reader.hpp"
#include "store/resources.hpp"

namespace tally::api {

class Api {
 public:
  /// References outlive the API. What goes on longer than one answer is among `tasks`. `sd_port` is the port of the
  /// targets of /sd/prometheus. Without a lifecycle service there are no lifecycle calls.
  Api(const std::filesystem::path& catalog, CatalogWriter& writer, Clock& clock, Tasks& tasks, Control& control,
      Metrics& metrics, int sd_port, lifecycle::Lifecycle* lifecycle = nullptr);
  ~Api();
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  /// There is an answer whatever fails: 503 when it is the catalog, else 500. Throws when cancelled only.
  boost::asio::awaitable<Response> handle(Request request);

  /// The same for whoever comes over TCP: what is served there (is_public), to requests that are meant for one of
  /// `hosts`.
  boost::asio::awaitable<Response> handle_public(Request request, const PublicHosts& hosts);

  [[nodiscard]] const Routes& routes() const { return routes_; }

 private:
  std::vector<Route> make_routes();
  boost::asio::awaitable<Response> answer_by(const Routes& routes, Request request);
  boost::asio::awaitable<void> answer(const Routes& routes, Request request, Response& response);
  boost::asio::awaitable<Response> health(std::string status);
  boost::asio::awaitable<Response> metrics();
  boost::asio::awaitable<Response> service_discovery();
  boost::asio::awaitable<Response> list(const Resource& resource, Request request);
  boost::asio::awaitable<Response> show_instance(Call call);
  boost::asio::awaitable<Response> show_operation(Call call);
  boost::asio::awaitable<Response> stream(Call call);
  boost::asio::awaitable<Response> reload();
  boost::asio::awaitable<Response> check(Call call);
  boost::asio::awaitable<Response> probe(Call call);
  boost::asio::awaitable<Response> carry_out(JobKey about, Jobs::Work work, std::string body);
  boost::asio::awaitable<Response> trust_host_key(Call call);
  boost::asio::awaitable<Response> test_notification(Call call);

  Reader reader_;  // used on `readers_` only
  CatalogWriter& writer_;
  Clock& clock_;
  Control& control_;
  Jobs jobs_;
  boost::asio::thread_pool readers_{1};
  std::optional<LifecycleCalls> lifecycle_calls_;
  const Routes routes_;
  const Routes public_routes_;
  const int sd_port_;
  Scrape scrape_;
};

}  // namespace tally::api
