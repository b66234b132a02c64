// Goes from page to page of a vendor's list: a page that was there already, and pages without end, are errors, never a
// listing. Knows no network. Pure.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "cloud/result.hpp"

namespace tally {

/// The text beside the rows of a page that leads to the next one, ready for a URL; nothing when there is none. Error
/// (service_unavailable): it is something else than a text.
Result<std::optional<std::string>> cursor_in(std::string_view page, std::string_view field);

class PageWalk {
 public:
  /// `first`: where the list begins.
  explicit PageWalk(std::string first) { seen_.insert(std::move(first)); }

  /// After a page of that many bytes: the next one's path or token, if there is one. Error (service_unavailable): it
  /// was there already, there are over limits::pages_per_listing of them, or they are over limits::answer_body
  /// together.
  Result<std::optional<std::string>> go_on(std::optional<std::string> next, std::size_t bytes);

 private:
  std::set<std::string> seen_;
  std::size_t bytes_ = 0;
};

}  // namespace tally
