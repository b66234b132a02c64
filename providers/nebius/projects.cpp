#include "providers/nebius/projects.hpp"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <set>

#include "net/json_rows.hpp"
#include "providers/nebius/protos/iam_v1.pb.h"
#include "providers/nebius/protos/iam_v2.pb.h"
#include "providers/nebius/protos/listing.pb.h"
#include "runtime/ascii.hpp"

namespace tally::nebius {
namespace {

constexpr std::size_t most_projects = 10'000;  // of a tenant, in all regions

struct Region {
  std::string_view name;
  std::string_view description;
  std::string_view country;
};

/// Source: the vendor's documentation where it names the place, else the country in the region's name.
constexpr std::array<Region, 8> known_regions = {{{"eu-north1", "Finland", "FIN"},
                                                  {"eu-north2", "Iceland", "ISL"},
                                                  {"eu-west1", "Paris, France", "FRA"},
                                                  {"eu-west2", "France", "FRA"},
                                                  {"me-west1", "Israel", "ISR"},
                                                  {"uk-south1", "United Kingdom", "GBR"},
                                                  {"us-central1", "Kansas City, United States", "USA"},
                                                  {"us-north1", "United States", "USA"}}};

void sort_by_id(std::vector<Project>& projects) {
  std::sort(projects.begin(), projects.end(), [](const Project& a, const Project& b) { return a.id < b.id; });
}

bool is_segment(const std::string& text) {
  return !text.empty() && text.size() <= limits::id &&
         std::all_of(text.begin(), text.end(), [](char c) { return ascii::is_visible(c) && c != '/'; });
}

std::optional<Project> read_v2(const std::string& bytes) {
  using Status = ::nebius::iam::v2::ProjectStatus;
  ::nebius::iam::v2::Project message;
  if (!message.ParseFromString(bytes)) return std::nullopt;
  Project project;
  project.region = message.spec().region();
  const auto state = message.status().project_state();
  project.is_gone = state == Status::PURGING || state == Status::PARKED;
  project.is_active = !project.is_gone && state != Status::CREATING && state != Status::PARKING;
  project.id = message.metadata().id();
  project.name = message.metadata().name();
  return project;
}

std::optional<Project> read_v1(const std::string& bytes) {
  using Status = ::nebius::iam::v1::ContainerStatus;
  ::nebius::iam::v1::Container message;
  if (!message.ParseFromString(bytes)) return std::nullopt;
  Project project;
  project.region = message.status().region();
  if (project.region.empty()) project.region = message.spec().region();
  const auto state = message.status().container_state();
  project.is_gone = state == Status::PURGING || state == Status::PURGED || state == Status::PARKED;
  project.is_active = state == Status::ACTIVE || state == Status::STATE_UNSPECIFIED;
  project.id = message.metadata().id();
  project.name = message.metadata().name();
  return project;
}

}  // namespace

const Project* Projects::home_in(const std::string& region, const OptionTable<std::string>& configured) const {
  std::vector<const Project*> here;
  for (const Project& project : all) {
    if (project.region == region && project.is_active) here.push_back(&project);
  }
  const auto first = [&here](auto fits) -> const Project* {
    const auto at = std::find_if(here.begin(), here.end(), [&](const Project* project) { return fits(*project); });
    return at == here.end() ? nullptr : *at;
  };
  if (const auto chosen = configured.find(region); chosen != configured.end()) {
    return first([&](const Project& project) { return project.id == chosen->second; });
  }
  for (const std::string& name : {"default-project-" + region, "default-" + region, std::string("default")}) {
    const Project* named = first([&](const Project& project) { return ascii::iequals(project.name, name); });
    if (named != nullptr) return named;
  }
  const Project* with_region =
      first([&](const Project& project) { return project.name.find(region) != std::string::npos; });
  if (with_region != nullptr) return with_region;
  return here.empty() ? nullptr : here.front();
}

std::vector<Project> Projects::in(const std::string& region) const {
  std::vector<Project> here;
  std::copy_if(all.begin(), all.end(), std::back_inserter(here),
               [&](const Project& project) { return project.region == region && !project.is_gone; });
  return here;
}

Result<Projects> read_projects(const std::vector<std::string>& pages, ProjectApi api, WorkLimit limit) {
  Projects projects;
  for (const std::string& bytes : pages) {
    ::nebius::listing::Page page;
    if (!page.ParseFromString(bytes)) return tl::unexpected(json::bad_reply("a page is not the API's message"));
    for (const std::string& item : page.items()) {
      if (limit.is_over()) return tl::unexpected(json::too_long_to_read());
      std::optional<Project> project = api == ProjectApi::v2 ? read_v2(item) : read_v1(item);
      const bool has_id = project && is_segment(project->id);
      // A container of another kind has no region.
      if (has_id && project->region.empty() && api == ProjectApi::v1) continue;
      if (has_id && is_segment(project->region)) {
        projects.all.push_back(std::move(*project));
      } else {
        const std::string which = has_id ? "project `" + project->id + "` is in no region" : "a project has no ID";
        projects.unread.push_back({"", which + ": its machines are not listed unless it was known before", ""});
      }
    }
    if (projects.all.size() + projects.unread.size() > most_projects) {
      return tl::unexpected(json::bad_reply("more projects than anybody has"));
    }
  }
  if (projects.all.empty() && !projects.unread.empty()) {
    return tl::unexpected(json::bad_reply("none of its projects can be read"));
  }
  sort_by_id(projects.all);
  return projects;
}

void keep_left_out(Projects& listed, const Projects& before) {
  std::set<std::string> ids;
  for (const Project& project : listed.all) ids.insert(project.id);
  for (Project project : before.all) {
    if (project.is_gone || ids.contains(project.id) || listed.all.size() >= most_projects) continue;
    project.is_left_out = true;
    project.is_active = false;
    listed.all.push_back(std::move(project));
  }
  sort_by_id(listed.all);
}

std::string encode_projects(const Projects& projects) {
  boost::json::object regions;
  for (const Project& project : projects.all) {
    if (!project.is_gone) regions[project.id] = project.region;
  }
  return boost::json::serialize(regions);
}

Projects decode_projects(std::string_view kept) {
  Projects projects;
  boost::system::error_code failure;
  const boost::json::value regions = boost::json::parse(kept, failure);
  if (failure || !regions.is_object()) return projects;
  for (const auto& [id, region] : regions.get_object()) {
    if (!region.is_string()) continue;
    Project project;
    project.id = id;
    project.region = region.get_string();
    projects.all.push_back(std::move(project));
  }
  return projects;
}

Location describe_region(const std::string& name) {
  Location location;
  location.name = name;
  const auto* known = std::find_if(known_regions.begin(), known_regions.end(),
                                   [&name](const Region& region) { return region.name == name; });
  if (known != known_regions.end()) {
    location.description = known->description;
    location.country = known->country;
  }
  return location;
}

}  // namespace tally::nebius
