#include "simcloud/reply.hpp"

#include <boost/url/decode_view.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/pct_string_view.hpp>
#include <boost/url/url_view.hpp>

namespace tally::simcloud {
namespace urls = boost::urls;

Asked make_asked(std::string method, std::string_view target) {
  Asked asked;
  asked.method = std::move(method);
  const auto parsed = urls::parse_origin_form(target);
  if (!parsed) return asked;
  asked.path = parsed->encoded_path();
  for (const auto& parameter : parsed->params()) asked.query[parameter.key] = parameter.value;
  return asked;
}

std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> segments;
  const auto parsed = urls::parse_origin_form(path);
  if (!parsed || path == "/") return segments;
  for (const auto& segment : parsed->segments()) segments.push_back(segment);
  return segments;
}

}  // namespace tally::simcloud
