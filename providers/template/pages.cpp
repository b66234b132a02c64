#include "providers/template/pages.hpp"

#include "providers/rest/page_walk.hpp"

namespace tally::template_api {

std::string first_page(const std::string& path) { return path + "?limit=200"; }

std::function<Result<std::optional<std::string>>(const std::string& page)> page_after(std::string path) {
  return [path = std::move(path)](const std::string& page) {
    Result<std::optional<std::string>> next = cursor_in(page, "next");
    if (next && *next) *next = first_page(path) + "&cursor=" + **next;
    return next;
  };
}

}  // namespace tally::template_api
