// The control API: which request does what (docs/openapi.yaml). Reads run on a thread and a connection of their own,
// so that a large page delays nobody. Loop thread.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <filesystem>
#include <optional>

#include "api/control.hpp"
#include "api/message.hpp"
#include "runtime/clock.hpp"
#include "store/catalog_writer.hpp"
#include "store/reader.hpp"

namespace tally::api {

class Api {
 public:
  /// References outlive the API.
  Api(const std::filesystem::path& catalog, const CatalogWriter& writer, Clock& clock, Control& control);
  ~Api();
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  /// There is an answer whatever fails: 503 when it is the catalog, else 500. Throws when cancelled only.
  boost::asio::awaitable<Response> handle(Request request);

 private:
  boost::asio::awaitable<void> answer(Request request, Response& response);
  boost::asio::awaitable<Response> route(Request request);
  boost::asio::awaitable<Response> read(Request request);
  boost::asio::awaitable<Response> act(Request request);
  boost::asio::awaitable<Response> reload();
  boost::asio::awaitable<Response> finish(Task<std::optional<boost::json::object>> work, const char* meanwhile);
  boost::asio::awaitable<Response> trust_host_key(CredentialRef credential, CloudId instance, std::string fingerprint);

  Reader reader_;
  const CatalogWriter& writer_;
  Clock& clock_;
  Control& control_;
  boost::asio::thread_pool readers_{1};
};

}  // namespace tally::api
