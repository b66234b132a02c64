#include "providers/rest/page_walk.hpp"

#include "cloud/limits.hpp"
#include "net/json_rows.hpp"

namespace tally {

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
