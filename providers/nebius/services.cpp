#include "providers/nebius/services.hpp"

#include <boost/algorithm/string/replace.hpp>

namespace tally::nebius {

std::string url_of(std::string_view endpoint, std::string_view service, std::string_view path) {
  std::string url(endpoint);
  boost::algorithm::replace_all(url, "{service}", service);
  return url.append("/").append(path);
}

Request grpc_call(std::string url, std::string message, Repeat repeat) {
  Request request;
  request.method = Method::post;
  request.url = std::move(url);
  request.body = Secret(std::move(message));
  request.repeat = repeat;
  return request;
}

}  // namespace tally::nebius
