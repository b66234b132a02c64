// The control API: which request does what (docs/openapi.yaml). Reads run on a thread and a connection of their own,
// so that a large page delays nobody. Loop thread.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "api/control.hpp"
#include "api/operations.hpp"
#include "api/routes.hpp"
#include "runtime/clock.hpp"
#include "store/catalog_writer.hpp"
#include "store/reader.hpp"
#include "store/resources.hpp"

namespace tally::api {

class Api {
 public:
  /// References outlive the API. What goes on longer than one answer is among `tasks`.
  Api(const std::filesystem::path& catalog, CatalogWriter& writer, Clock& clock, Tasks& tasks, Control& control);
  ~Api();
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  /// There is an answer whatever fails: 503 when it is the catalog, else 500. Throws when cancelled only.
  boost::asio::awaitable<Response> handle(Request request);

  [[nodiscard]] const Routes& routes() const { return routes_; }

 private:
  std::vector<Route> make_routes();
  boost::asio::awaitable<void> answer(Request request, Response& response);
  boost::asio::awaitable<Response> health(std::string status);
  boost::asio::awaitable<Response> list(const Resource& resource, Request request);
  boost::asio::awaitable<Response> show_instance(Call call);
  boost::asio::awaitable<Response> show_operation(Call call);
  boost::asio::awaitable<Response> stream(Call call);
  boost::asio::awaitable<Response> reload();
  boost::asio::awaitable<Response> check(Call call);
  boost::asio::awaitable<Response> probe(Call call);
  boost::asio::awaitable<Response> carry_out(Undertaking about, Operations::Work work, std::string body);
  boost::asio::awaitable<Response> trust_host_key(Call call);

  Reader reader_;  // used on `readers_` only
  CatalogWriter& writer_;
  Clock& clock_;
  Control& control_;
  Operations operations_;
  const Routes routes_;
  boost::asio::thread_pool readers_{1};
};

}  // namespace tally::api
