// Goes from page to page of a vendor's list: a page that was there already, and pages without end, are errors, never a
// listing. Knows no network. Pure.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "cloud/result.hpp"

namespace tally {

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
