#include "config/json_keys.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <limits>

namespace tally {
namespace {

namespace json = boost::json;
using json::string_view;
using Failure = boost::system::error_code;

/// What the parser tells of a text; all but keys is let pass.
struct Handler {
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();

  std::vector<std::string> keys;
  std::string key;
  int depth = 0;

  bool on_document_begin(Failure& /*unused*/) { return true; }
  bool on_document_end(Failure& /*unused*/) { return true; }
  bool on_object_begin(Failure& /*unused*/) { return ++depth > 0; }
  bool on_object_end(std::size_t /*size*/, Failure& /*unused*/) { return --depth >= 0; }
  bool on_array_begin(Failure& /*unused*/) { return ++depth > 0; }
  bool on_array_end(std::size_t /*size*/, Failure& /*unused*/) { return --depth >= 0; }
  bool on_key_part(string_view part, std::size_t /*size*/, Failure& /*unused*/) {
    key.append(part.data(), part.size());
    return true;
  }
  bool on_key(string_view part, std::size_t /*size*/, Failure& /*unused*/) {
    key.append(part.data(), part.size());
    if (depth == 1) keys.push_back(key);
    key.clear();
    return true;
  }
  bool on_string_part(string_view /*part*/, std::size_t /*size*/, Failure& /*unused*/) { return true; }
  bool on_string(string_view /*part*/, std::size_t /*size*/, Failure& /*unused*/) { return true; }
  bool on_number_part(string_view /*part*/, Failure& /*unused*/) { return true; }
  bool on_int64(std::int64_t /*value*/, string_view /*text*/, Failure& /*unused*/) { return true; }
  bool on_uint64(std::uint64_t /*value*/, string_view /*text*/, Failure& /*unused*/) { return true; }
  bool on_double(double /*value*/, string_view /*text*/, Failure& /*unused*/) { return true; }
  bool on_bool(bool /*value*/, Failure& /*unused*/) { return true; }
  bool on_null(Failure& /*unused*/) { return true; }
  bool on_comment_part(string_view /*part*/, Failure& /*unused*/) { return true; }
  bool on_comment(string_view /*part*/, Failure& /*unused*/) { return true; }
};

}  // namespace

JsonKeys json_keys(std::string_view text) {
  json::basic_parser<Handler> parser{json::parse_options()};
  Failure failure;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), failure);
  return {parser.handler().keys, read};
}

}  // namespace tally
