#include "providers/rest/page_walk.hpp"

#include "cloud/limits.hpp"
#include "net/json_rows.hpp"
#include "net/json_value.hpp"
#include "net/url.hpp"

namespace tally {

Result<std::optional<std::string>> cursor_in(std::string_view page, std::string_view field) {
  WorkLimit limit;
  const auto member = json::member_beside(page, field, limit);
  if (!member) return tl::unexpected(member.error());
  const auto& cursor = *member;
  if (!cursor) return std::nullopt;
  json::Value value;
  const bool is_text = cursor->size() <= limits::row && json::Parser().parse(*cursor, value) == json::Parsed::good &&
                       value.kind == json::Value::Kind::text;
  if (!is_text) return tl::unexpected(json::bad_reply("`" + std::string(field) + "` does not lead to another page"));
  if (value.text.empty()) return std::nullopt;
  return encode_segment(value.text);
}

Result<std::optional<std::string>> PageWalk::go_on(std::optional<std::string> next, std::size_t bytes) {
  bytes_ += bytes;
  if (!next) return next;
  if (bytes_ > limits::answer_body) {
    return tl::unexpected(json::bad_reply("its pages are over " + std::to_string(limits::answer_body >> 20U) +
                                          " MiB together, which is not believable"));
  }
  if (seen_.size() == limits::pages_per_listing) {
    return tl::unexpected(
        json::bad_reply("more than " + std::to_string(limits::pages_per_listing) + " pages, which is not believable"));
  }
  if (!seen_.insert(*next).second) {
    return tl::unexpected(json::bad_reply("the list goes in circles: a page names one before it as the next"));
  }
  return next;
}

}  // namespace tally
