#include "daemon/api/message.hpp"

#include <boost/beast/http/status.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace tally::api {

Response problem(int status, const std::string& detail, const std::string& parameter) {
  namespace http = boost::beast::http;
  const std::string title(http::obsolete_reason(static_cast<http::status>(status)));
  boost::json::object document{{"type", "about:blank"}, {"title", title}, {"status", status}, {"detail", detail}};
  if (!parameter.empty()) {
    document["detail"] = "\"" + parameter + "\" " + detail;
    document["parameter"] = parameter;
  }
  Response response;
  response.status = status;
  response.content_type = "application/problem+json";
  response.body = boost::json::serialize(document);
  return response;
}

}  // namespace tally::api
