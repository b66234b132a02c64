// A tenant's projects: each is in one region, and machines are made in one. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/answer.hpp"
#include "cloud/limits.hpp"
#include "cloud/location.hpp"
#include "cloud/provider_option.hpp"
#include "cloud/result.hpp"
#include "cloud/work_limit.hpp"

namespace tally::nebius {

struct Project {
  std::string id;
  std::string name;
  std::string region;
  bool is_active = true;     // machines can be made in it
  bool is_gone = false;      // it is parked or being deleted: there is nothing in it
  bool is_left_out = false;  // it was listed before, and is not now: nobody has said that it is gone
};

struct Projects {
  std::vector<Project> all;  // by ID
  std::vector<Rejected> unread;

  /// Where machines of that region are made: the configured one; else default-project-<region>, default-<region>,
  /// default, one whose name has the region in it, or the first by ID, of those that are active there. nullptr: none.
  [[nodiscard]] const Project* home_in(const std::string& region, const OptionTable<std::string>& configured) const;

  /// All that are there and may have machines in them.
  [[nodiscard]] std::vector<Project> in(const std::string& region) const;
};

/// The pages of iam.v2 (or, where that is not there, of iam.v1). A project whose ID or region cannot be read is
/// `unread`: the others are listed without it. Error: a page, or not one of its projects, can be read.
enum class ProjectApi { v1, v2 };
Result<Projects> read_projects(const std::vector<std::string>& pages, ProjectApi api, WorkLimit limit);

/// The vendor lists what the key may read: a role that was withdrawn leaves a project out, and its machines are there
/// still. So are those of one that cannot be read. Adds what was known and was not gone, as left out.
void keep_left_out(Projects& listed, const Projects& before);

/// To be remembered: those that are not gone, each with its region. What cannot be read of it is none.
std::string encode_projects(const Projects& projects);
Projects decode_projects(std::string_view kept);

/// What is known of a region beside its name; all "" where that is nothing.
Location describe_region(const std::string& name);

}  // namespace tally::nebius
