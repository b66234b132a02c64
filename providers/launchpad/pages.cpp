#include "providers/launchpad/pages.hpp"

#include <algorithm>

#include "cloud/limits.hpp"
#include "cloud/work_limit.hpp"
#include "net/json_rows.hpp"
#include "net/json_value.hpp"
#include "runtime/number.hpp"

namespace tally::launchpad {
namespace {

constexpr std::size_t longest_number = 6;
constexpr std::string_view list_field = "results";

std::string page(const std::string& path, const std::string& number) { return path + "&page=" + number; }

/// "2" of "https://…/?delivery=fast&page=2&page_size=4"; "" when there is none.
std::string number_in(std::string_view url) {
  const std::string_view parameters = url.substr(std::min(url.find('?'), url.size()));
  for (std::size_t at = 0; (at = parameters.find("page=", at)) != std::string_view::npos; ++at) {
    if (at == 0 || (parameters[at - 1] != '?' && parameters[at - 1] != '&')) continue;
    const std::string_view value = parameters.substr(at + 5);
    const std::string_view digits = value.substr(0, value.find_first_not_of("0123456789"));
    const bool is_whole = digits.size() == value.size() || value[digits.size()] == '&';
    return is_whole && digits.size() <= longest_number ? std::string(digits) : "";
  }
  return "";
}

/// Of all rows, as a page says; 0 when it does not.
std::size_t count_in(const std::string& body) {
  WorkLimit limit;
  const auto member = json::member_beside(body, "count", limit);
  if (!member) return 0;
  const auto& number = *member;
  return number ? parse_number<std::size_t>(*number).value_or(0) : 0;
}

}  // namespace

std::string first_page(const std::string& path) { return page(path, "1"); }

std::function<Result<std::optional<std::string>>(const std::string& page)> page_after(std::string path) {
  return [path = std::move(path),
          rows = std::size_t{0}](const std::string& body) mutable -> Result<std::optional<std::string>> {
    WorkLimit limit;
    const auto member = json::member_beside(body, "next", limit);
    if (!member) return tl::unexpected(member.error());
    const auto here = json::split_rows(body, list_field, json::Container::list, limit);
    if (!here) return tl::unexpected(here.error());
    rows += here->size();
    if (!*member) {
      if (rows < count_in(body)) return tl::unexpected(json::bad_reply("the list ends before its `count`"));
      return std::nullopt;
    }
    json::Value next;
    const bool is_text = (*member)->size() <= limits::row &&
                         json::Parser().parse(**member, next) == json::Parsed::good &&
                         next.kind == json::Value::Kind::text;
    const std::string number = is_text ? number_in(next.text) : "";
    if (number.empty()) return tl::unexpected(json::bad_reply("`next` does not lead to another page"));
    return page(path, number);
  };
}

}  // namespace tally::launchpad
