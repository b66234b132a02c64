#include "providers/fluidstack/projects.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <vector>

#include "cloud/limits.hpp"
#include "net/json_fields.hpp"
#include "net/json_rows.hpp"
#include "runtime/ascii.hpp"
#include "runtime/text.hpp"

namespace tally::fluidstack {
namespace {

constexpr std::size_t projects_named = 10;

struct Project {
  std::string id;
  std::string name;
};

tl::unexpected<Error> refuse(std::string message) {
  Error error;
  error.kind = Errc::invalid_request;
  error.message = std::move(message);
  error.certainty = Certainty::nothing_happened;
  return tl::unexpected(std::move(error));
}

/// It goes into a header as it is.
bool is_project_id(const std::string& id) {
  const auto is_of_it = [](char c) { return ascii::is_letter_or_digit(c) || c == '-' || c == '_'; };
  return !id.empty() && std::all_of(id.begin(), id.end(), is_of_it);
}

/// "p-1 (a), p-2 (b)", the first ones.
std::string names_of(const std::vector<Project>& projects) {
  std::string names;
  for (std::size_t i = 0; i < std::min(projects.size(), projects_named); ++i) {
    names += (i == 0 ? "" : ", ") + projects[i].id + " (" + printable(projects[i].name, 60) + ")";
  }
  return names;
}

}  // namespace

Result<std::string> choose_project(std::string_view body, const std::string& used, WorkLimit limit) {
  const auto rows = json::split_rows(body, "", json::Container::list, limit);
  if (!rows) return tl::unexpected(rows.error());
  std::vector<Project> active;
  std::string fault;  // the first of a project that may be active, too
  const auto note = [&fault](std::string why) {
    if (fault.empty()) fault = std::move(why);
  };
  json::RowReader reader;
  for (const json::RawRow& row : *rows) {
    if (limit.is_over()) return tl::unexpected(json::too_long_to_read());
    const auto kind = reader.parse(row.text);
    if (kind == json::RowReader::Kind::not_json) return tl::unexpected(json::bad_reply("a project is not JSON"));
    if (kind != json::RowReader::Kind::good) {
      note("is " + reader.findings().fault);
      continue;
    }
    const json::Fields fields = reader.fields();
    if (is_project_id(used) && fields.text("id", limits::id) == used) return used;
    const bool is_active = fields.deciding().text("state") == "active";
    if (const std::string& state_fault = reader.findings().fault; !state_fault.empty()) note("whose " + state_fault);
    if (!is_active) continue;
    Project project{fields.text("id", limits::id), fields.text("name")};
    if (!is_project_id(project.id)) {
      note("has no ID");
      continue;
    }
    active.push_back(std::move(project));
  }
  // Which one is meant is said by the one that was used, and else by there being no other.
  const bool may_be_meant = !used.empty() || active.size() < 2;
  if (!fault.empty() && may_be_meant) return tl::unexpected(json::bad_reply("a project " + fault));
  if (!used.empty()) {
    const std::string others = active.empty() ? "" : ": " + names_of(active);
    return refuse("the project " + used + ", which was used until now, is not there any more; `project_id` must " +
                  "say which is meant" + others);
  }
  if (active.size() == 1) return active.front().id;
  if (active.empty()) return refuse("the account has no active project there");
  return refuse("the account has several projects; `project_id` must say which is meant: " + names_of(active));
}

std::string to_cache(const ProjectsInUse& projects) {
  boost::json::object by_region;
  for (const auto& [region, project] : projects) by_region[region] = project;
  return boost::json::serialize(boost::json::object{{"projects", std::move(by_region)}});
}

ProjectsInUse projects_in(const std::string& text) {
  json::RowReader reader;
  if (reader.parse(text) != json::RowReader::Kind::good) return {};
  return reader.fields().text_map("projects", limits::locations_per_account);
}

}  // namespace tally::fluidstack
