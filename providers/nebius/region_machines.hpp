// The machines of one region, listed again and again: project by project, their disks now and then. Loop thread;
// answers are read by the account's workers. Heavy: include it in .cpp files only.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "providers/nebius/calls.hpp"
#include "providers/nebius/instance_mapping.hpp"
#include "providers/nebius/message_list.hpp"
#include "providers/nebius/projects.hpp"
#include "providers/nebius/protos/compute.pb.h"
#include "providers/rest/answer_memo.hpp"
#include "runtime/turns.hpp"

namespace tally::nebius {

class RegionMachines {
 public:
  /// What is given outlives it.
  RegionMachines(const AccountContext& context, Calls& calls, Place place)
      : context_(context), calls_(calls), place_(std::move(place)) {}

  /// All of those projects, one list after the other. Error: one of them cannot be read now, or none of them may be.
  Task<Answer<Instance>> list(std::vector<Project> projects);

  /// Projects that were refused are asked again.
  void forgive() { refused_.clear(); }

 private:
  using Machines = MessageList<::nebius::compute::v1::Instance, Machine>;
  using Disks = MessageList<::nebius::compute::v1::Disk, BootDisk>;
  struct InProject {
    InProject(Machines their_machines, Disks their_disks)
        : machines(std::move(their_machines)), disks(std::move(their_disks)) {}
    Machines machines;
    AnswerMemo<Answer<Machine>> last;
    std::optional<std::vector<std::string>> ids;  // of the last answer, before a restart, too; nothing: never read
    Disks disks;
    std::map<std::string, Row<BootDisk>> known_disks;
    std::optional<TimePoint> disks_asked_at;
    std::set<std::string> asked_for;  // machines, by the last answer about disks
  };
  struct Joined {
    Row<Machine> machine;
    Row<BootDisk> disk;
    std::string reason;
    Row<Instance> row;
  };

  InProject& in(const std::string& project);
  Task<Answer<Machine>> list_project(const std::string& project);
  boost::asio::awaitable<void> learn_disks(const std::string& project, Answer<Machine> machines);
  boost::asio::awaitable<void> learn_reasons(const std::vector<Row<Machine>>& machines);
  Task<std::optional<std::string>> ask_reason(std::string id);
  void add_refused(const std::string& project, Answer<Instance>& answer);
  void note_ids(const std::string& project, const Answer<Machine>& machines);
  Row<Instance> join(const Row<Machine>& machine, const Row<BootDisk>& disk, std::map<CloudId, Joined>& into) const;
  [[nodiscard]] std::string reason_of(const std::string& id) const;

  const AccountContext& context_;
  Calls& calls_;
  Place place_;
  Timestamp now_;  // of the answer that is being read
  std::map<std::string, std::unique_ptr<InProject>> projects_;
  std::map<std::string, Error> refused_;  // by project
  Turns turns_;                           // to list them: what follows is of one list
  std::map<CloudId, Joined> joined_;
  std::map<std::string, std::string> reasons_;  // why a machine of ours stands still, "" where nothing says so
};

}  // namespace tally::nebius
