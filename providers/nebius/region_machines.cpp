#include "providers/nebius/region_machines.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "providers/nebius/protos/common.pb.h"
#include "providers/rest/freshness.hpp"

namespace tally::nebius {
namespace {

namespace compute = ::nebius::compute::v1;

constexpr GrpcMethod list_machines{services::compute, "nebius.compute.v1.InstanceService/List"};
constexpr GrpcMethod list_disks{services::compute, "nebius.compute.v1.DiskService/List"};
constexpr GrpcMethod list_operations{services::compute, "nebius.common.v1.OperationService/List"};
constexpr Operation list_boot_disks{"list disks"};
constexpr Operation find_reason{"ask why a machine stands still"};
constexpr std::size_t reasons_a_pass = 3;
constexpr std::chrono::seconds longest_reason_call{5};
constexpr std::chrono::seconds disks_are_good_for{60};

/// Where the IDs of a project's machines are kept: it may be refused after a restart.
std::string ids_key(const std::string& project) { return "machines/" + project; }

std::optional<std::vector<std::string>> decode_ids(const std::optional<std::string>& kept) {
  if (!kept) return std::nullopt;
  std::vector<std::string> ids;
  boost::system::error_code failure;
  const boost::json::value list = boost::json::parse(*kept, failure);
  if (failure || !list.is_array()) return std::vector<std::string>(1);  // whatever it was: one without an ID
  for (const auto& id : list.get_array()) {
    if (id.is_string()) ids.emplace_back(id.get_string());
  }
  return ids;
}

/// What is left out of the list of projects may be said not to be there where it may not be read.
bool is_refused(const Project& project, const Error& error) {
  return error.kind == Errc::forbidden || (project.is_left_out && error.matches(Errc::resource_not_found));
}

}  // namespace

RegionMachines::InProject& RegionMachines::in(const std::string& project) {
  std::unique_ptr<InProject>& known = projects_[project];
  if (!known) {
    const auto decode = [this](const compute::Instance& message, json::Findings& findings) {
      return read_machine(message, place_, now_, findings);
    };
    known = std::make_unique<InProject>(Machines(decode, context_.redactor), Disks(read_disk, context_.redactor));
    known->ids = decode_ids(context_.cache.get(ids_key(project)));
  }
  return *known;
}

Task<Answer<Instance>> RegionMachines::list(std::vector<Project> projects) {
  const Turns::Place turn = co_await turns_.take();
  Answer<Instance> answer;
  std::map<CloudId, Joined> joined;
  std::size_t listed = 0;
  std::optional<Error> refusal;
  for (const Project& project : projects) {
    Result<Answer<Machine>> machines;
    if (const auto known = refused_.find(project.id); known != refused_.end()) {
      machines = tl::unexpected(known->second);
    } else {
      machines = co_await list_project(project.id);
    }
    const auto& ids = in(project.id).ids;
    const bool has_machines = ids && !ids->empty();
    if (!machines && project.is_left_out && !has_machines && machines.error().matches(Errc::resource_not_found)) {
      ++listed;  // it was deleted, and nothing in it can be missed
      continue;
    }
    if (!machines && is_refused(project, machines.error())) {
      refusal = machines.error();
      refused_.insert_or_assign(project.id, machines.error());
      add_refused(project.id, answer);
      continue;
    }
    if (!machines) co_return tl::unexpected(machines.error());
    ++listed;
    co_await learn_disks(project.id, *machines);
    co_await learn_reasons(machines->rows);
    const InProject& here = in(project.id);
    for (const Row<Machine>& machine : machines->rows) {
      const auto disk = here.known_disks.find(machine->boot_disk_id);
      answer.rows.push_back(join(machine, disk == here.known_disks.end() ? nullptr : disk->second, joined));
    }
    std::move(machines->rejected.begin(), machines->rejected.end(), std::back_inserter(answer.rejected));
    std::move(machines->odd.begin(), machines->odd.end(), std::back_inserter(answer.odd));
  }
  // Of nothing that may be read nothing is known.
  if (listed == 0 && refusal) co_return tl::unexpected(*refusal);
  joined_ = std::move(joined);
  co_return answer;
}

Task<Answer<Machine>> RegionMachines::list_project(const std::string& project) {
  InProject& here = in(project);
  PageRequest request = pages_of<compute::ListInstancesRequest>(project);
  Result<Pages> pages = co_await calls_.list(operations::list_instances, list_machines, std::move(request), project);
  if (!pages) co_return tl::unexpected(pages.error());

  const auto read = [&, now = context_.clock.wall_now()]() -> Result<Answer<Machine>> {
    now_ = now;
    ModelSize size;
    WorkLimit limit(context_.longest_work);
    return here.last.get(*pages, [&] { return here.machines.read(*pages, size, limit); });
  };
  Result<Answer<Machine>> machines = co_await run_on(context_.workers, read);
  if (!machines) {
    const Error& unread = machines.error();
    co_return tl::unexpected(calls_.client().refusal(operations::list_instances, unread.kind, unread.message));
  }
  note_ids(project, *machines);
  co_return machines;
}

/// Now and then, or when a machine is new. Without an answer it is as it was known.
boost::asio::awaitable<void> RegionMachines::learn_disks(const std::string& project, Answer<Machine> machines) {
  InProject& here = in(project);
  const TimePoint now = context_.clock.now();
  const bool is_fresh = is_within(disks_are_good_for, here.disks_asked_at, now);
  const bool has_new = std::any_of(machines.rows.begin(), machines.rows.end(), [&here](const Row<Machine>& machine) {
    return !machine->boot_disk_id.empty() && !here.asked_for.contains(machine->id);
  });
  if (machines.rows.empty() || (is_fresh && !has_new)) co_return;
  here.disks_asked_at = now;
  here.asked_for.clear();
  for (const Row<Machine>& machine : machines.rows) here.asked_for.insert(machine->id);
  PageRequest request = pages_of<compute::ListDisksRequest>(project);
  const Result<Pages> pages = co_await calls_.list(list_boot_disks, list_disks, std::move(request), project);
  if (!pages) co_return;
  const auto read = [&]() -> Result<Answer<BootDisk>> {
    ModelSize size;
    WorkLimit limit(context_.longest_work);
    return here.disks.read(*pages, size, limit);
  };
  const Result<Answer<BootDisk>> disks = co_await run_on(context_.workers, read);
  if (!disks) co_return;
  std::set<std::string> attached;
  for (const Row<Machine>& machine : machines.rows) attached.insert(machine->boot_disk_id);
  // A row that cannot be read may be that of any disk.
  const bool is_whole = disks->rejected.empty();
  std::erase_if(here.known_disks, [&](const auto& each) { return is_whole || !attached.contains(each.first); });
  for (const Row<BootDisk>& disk : disks->rows) here.known_disks[disk->id] = disk;
}

/// A machine that the vendor could not start is shown as stopped: what became of its last operation tells why.
boost::asio::awaitable<void> RegionMachines::learn_reasons(const std::vector<Row<Machine>>& machines) {
  std::size_t asked = 0;
  for (const Row<Machine>& machine : machines) {
    const auto& status = machine->instance.status;
    const bool stands_still = status == LifecycleStatus::stopped || status == LifecycleStatus::failed;
    if (!stands_still) reasons_.erase(machine->id);
    const bool is_ours = machine->instance.cloud_cred_ref_id == context_.credential.ref;
    if (!stands_still || !is_ours || reasons_.contains(machine->id) || asked == reasons_a_pass) continue;
    ++asked;
    const Result<std::optional<std::string>> told = co_await ask_reason(machine->id);
    if (!told) co_return;  // of a service that is not well nothing more is asked in this pass
    if (const std::optional<std::string>& reason = *told) reasons_[machine->id] = *reason;
  }
}

/// "": nothing went wrong. Nothing: the last operation is not over, and will tell.
Task<std::optional<std::string>> RegionMachines::ask_reason(std::string id) {
  ::nebius::common::v1::ListOperationsRequest asked;
  asked.set_resource_id(id);
  asked.set_page_size(page_size);
  Request request = grpc_call(calls_.url_of(list_operations), asked.SerializeAsString(), Repeat::safe);
  request.timeout = longest_reason_call;
  using Listed = ::nebius::listing::Page;
  const Result<Listed> page = co_await calls_.ask<Listed>(find_reason, std::move(request));
  if (!page) co_return tl::unexpected(page.error());
  ::nebius::common::v1::Operation last;
  for (const std::string& item : page->items()) {
    ::nebius::common::v1::Operation each;
    if (each.ParseFromString(item) && each.created_at().seconds() >= last.created_at().seconds()) last = each;
  }
  if (!last.id().empty() && !last.has_status()) co_return std::nullopt;
  if (last.status().code() == 0) co_return std::string();
  const Error why = of_a_change(error_of(dialect(), find_reason, answer_of(last.status()), context_.redactor));
  // gRPC's word for it says "resources", which is what there is none of where the quota is not the cause.
  const bool is_quota = why.kind == Errc::out_of_quota;
  co_return (is_quota ? std::string(to_string(why.kind)) : why.code) + ": " + why.message;
}

std::string RegionMachines::reason_of(const std::string& id) const {
  const auto at = reasons_.find(id);
  return at == reasons_.end() ? std::string() : at->second;
}

/// The same object as long as neither the machine nor its disk has changed.
Row<Instance> RegionMachines::join(const Row<Machine>& machine, const Row<BootDisk>& disk,
                                   std::map<CloudId, Joined>& into) const {
  const auto known = joined_.find(machine->instance.cloud_id);
  Joined now{machine, disk, reason_of(machine->id), nullptr};
  const bool is_same = known != joined_.end() && known->second.machine == machine && known->second.disk == disk &&
                       known->second.reason == now.reason;
  if (is_same) {
    now.row = known->second.row;
  } else {
    Instance made = with_disk(machine->instance, disk.get());
    made.status_message = now.reason;
    now.row = std::make_shared<const Instance>(std::move(made));
  }
  Row<Instance> row = now.row;
  into[machine->instance.cloud_id] = std::move(now);
  return row;
}

/// Known after a restart, too.
void RegionMachines::note_ids(const std::string& project, const Answer<Machine>& machines) {
  std::vector<std::string> ids;
  for (const Row<Machine>& machine : machines.rows) ids.push_back(machine->id);
  for (const Rejected& machine : machines.rejected) ids.push_back(machine.id);
  std::sort(ids.begin(), ids.end());
  InProject& here = in(project);
  if (here.ids == ids) return;
  context_.cache.put(ids_key(project), boost::json::serialize(boost::json::array(ids.begin(), ids.end())));
  here.ids = std::move(ids);
}

/// One word about the project. Of one that was refused from the first no machine has ever been listed, so none can be
/// missed: it does not keep those beside it from ending.
void RegionMachines::add_refused(const std::string& project, Answer<Instance>& answer) {
  answer.odd.push_back({project, "machines",
                        "the service account may not read project " + project +
                            ": what is in it is not listed, until a role there allows it"});
  const InProject& here = in(project);
  if (!here.ids) return;
  for (const std::string& id : *here.ids) {
    answer.rejected.push_back({id, "project " + project + " may not be read any more", ""});
  }
}

}  // namespace tally::nebius
