#include "api/message.hpp"

#include <boost/beast/http/status.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace tally::api {

boost::json::object problem_document(int status, const std::string& detail) {
  namespace http = boost::beast::http;
  const std::string title(http::obsolete_reason(static_cast<http::status>(status)));
  return {{"type", "about:blank"}, {"title", title}, {"status", status}, {"detail", detail}};
}

Response problem(int status, const boost::json::object& document) {
  Response response;
  response.status = status;
  response.content_type = "application/problem+json";
  response.body = boost::json::serialize(document);
  return response;
}

Response problem(int status, const std::string& detail, const std::string& parameter) {
  boost::json::object document = problem_document(status, detail);
  if (!parameter.empty()) {
    document["detail"] = "\"" + parameter + "\" " + detail;
    document["parameter"] = parameter;
  }
  return problem(status, document);
}

}  // namespace tally::api
