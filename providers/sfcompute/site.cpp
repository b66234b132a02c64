#include "providers/sfcompute/site.hpp"

#include <boost/algorithm/string/replace.hpp>

#include "net/json_rows.hpp"
#include "net/url.hpp"
#include "providers/rest/page_walk.hpp"
#include "providers/sfcompute/description.hpp"

namespace tally::sfcompute {
namespace {

std::string field_of(const Credential& credential, std::string_view name) {
  const auto at = credential.fields.find(name);
  return at == credential.fields.end() ? std::string() : std::string(at->second.reveal());
}

/// With a slash before it and none behind.
std::string path_like(std::string path) {
  while (path.ends_with('/')) path.pop_back();
  if (!path.empty() && path.front() != '/') path.insert(0, "/");
  return path;
}

}  // namespace

std::string Site::workspace_path() const {
  return organization.empty() || workspace.empty() ? "" : "sfc:workspace:" + organization + ":" + workspace;
}

/// Without organization and workspace a name is all that is known; not confirmed that it is enough.
std::string Site::pool_path() const {
  const bool is_whole = pool.starts_with("sfc:") || pool.starts_with("pool_");
  if (is_whole || workspace_path().empty()) return pool;
  return "sfc:pool:" + organization + ":" + workspace + ":" + pool;
}

Site site_of(const Credential& credential) {
  Site site;
  site.api_path = path_like(field_of(credential, "api_path"));
  if (site.api_path.empty()) site.api_path = "/preview/v2";
  site.organization = field_of(credential, "organization");
  site.workspace = field_of(credential, "workspace");
  site.pool = option<std::string>(credential, description(), options::pool);
  return site;
}

std::string encode(std::string_view text) {
  return boost::algorithm::replace_all_copy(encode_segment(text), "%3A", ":");
}

std::string first_page(const std::string& path, const std::string& filter) {
  return path + "?" + filter + (filter.empty() ? "" : "&") + "limit=200";
}

Result<std::optional<std::string>> page_after(const std::string& first, const std::string& page) {
  WorkLimit limit;
  const auto has_more = json::member_beside(page, "has_more", limit);
  if (!has_more) return tl::unexpected(has_more.error());
  const auto& said = *has_more;
  if (!said || (*said != "true" && *said != "false")) {
    return tl::unexpected(json::bad_reply("`has_more` says neither true nor false"));
  }
  if (*said == "false") return std::nullopt;
  Result<std::optional<std::string>> cursor = cursor_in(page, "cursor");
  if (!cursor) return cursor;
  const std::optional<std::string>& last = *cursor;
  if (!last) return tl::unexpected(json::bad_reply("there is more of it, and no cursor that leads there"));
  return first + "&starting_after=" + *last;
}

}  // namespace tally::sfcompute
