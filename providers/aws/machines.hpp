// Machines as DescribeInstances and RunInstances have them. Pure.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/answer.hpp"
#include "cloud/host.hpp"
#include "cloud/instance.hpp"
#include "cloud/redactor.hpp"
#include "cloud/result.hpp"
#include "cloud/work_limit.hpp"

namespace tally::aws {

namespace own_tags {
inline constexpr std::string_view ref_id = "tallyd-ref-id";
inline constexpr std::string_view credential = "tallyd-cloud-cred-ref-id";
inline constexpr std::string_view managed = "tally-managed";
inline constexpr std::string_view name = "Name";
}  // namespace own_tags

/// What is the same for all machines of a listing.
struct MachinePlace {
  std::string region;
  std::string ssh_user;
  LoopbackIs loopback = LoopbackIs::nobodys;
};

struct SecurityGroup {
  std::string id;
  std::string name;
};

/// A machine, and what of it is said elsewhere, or used for something else.
struct Machine {
  Row<Instance> instance;
  std::string root_volume;  // whose size another listing has
  std::vector<SecurityGroup> groups;
  std::string root_device;
  std::string client_token;
  std::int64_t vcpus = 0;  // 0: not told
};

struct MachinePage {
  std::vector<Machine> machines;
  std::vector<Rejected> rejected;
  std::vector<Odd> odd;
  std::optional<std::string> next;
  std::size_t size = 0;  // in memory
};

/// `root`: "DescribeInstancesResponse", whose machines are in reservations, or "RunInstancesResponse".
Result<MachinePage> read_machines(std::string body, std::string_view root, const MachinePlace& place, Timestamp now,
                                  const Redactor& redactor, WorkLimit limit);

/// An answer without what is another in each: its request's ID.
std::string_view without_request_id(std::string& body);

struct Volume {
  Bytes size;
  std::string type;

  bool operator==(const Volume&) const = default;
};
using Volumes = std::map<std::string, Volume, std::less<>>;  // by ID

/// Adds a page's; answers the next page's token.
Result<std::optional<std::string>> read_volumes(std::string body, WorkLimit limit, Volumes& volumes);

/// Whether a machine that is that far uses up a limit.
bool counts_for_limit(const Instance& instance);

}  // namespace tally::aws
