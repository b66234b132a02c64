// The machines of a region, and the disks that they stand on.
#include <algorithm>

#include "net/json_rows.hpp"
#include "providers/aws/account.hpp"
#include "providers/rest/model_size.hpp"

namespace tally::aws {
namespace {

constexpr std::chrono::minutes volumes_are_good_for{10};
constexpr std::chrono::minutes volumes_again_after{1};
constexpr Operation list_volumes{"list volumes"};
constexpr const char* machines_of_a_page = "250";  // some with 32 network cards take 40 KB each

/// The machine's row with its disk, as it was before if neither has changed.
Row<Instance> joined(const Machine& machine, const Volumes& volumes, std::map<CloudId, JoinedRow>& before,
                     std::map<CloudId, JoinedRow>& now) {
  const auto volume = volumes.find(machine.root_volume);
  if (volume == volumes.end()) return machine.instance;
  const CloudId& id = machine.instance->cloud_id;
  const auto known = before.find(id);
  if (known != before.end() && known->second.machine == machine.instance && known->second.volume == volume->second) {
    return now.emplace(id, std::move(known->second)).first->second.joined;
  }
  Instance whole = *machine.instance;
  whole.disk_size = volume->second.size;
  whole.attributes.edit().volume_type = volume->second.type;
  JoinedRow made{machine.instance, volume->second, std::make_shared<const Instance>(std::move(whole))};
  return now.emplace(id, std::move(made)).first->second.joined;
}

VcpusInUse vcpus_in_use(const std::vector<std::shared_ptr<const MachinePage>>& pages, const Shapes& shapes) {
  VcpusInUse in_use;
  for (const auto& page : pages) {
    for (const Machine& machine : page->machines) {
      const Instance& instance = *machine.instance;
      const std::string_view code =
          limit_code_of(instance.type, instance.is_spot ? UsageClass::spot : UsageClass::on_demand);
      if (code.empty() || !counts_for_limit(instance)) continue;
      const auto shape = shapes.find(instance.type);
      const std::int64_t usual = shape == shapes.end() ? 0 : shape->second->type.vcpu.value_or(0);
      in_use[std::string(code)] += machine.vcpus > 0 ? machine.vcpus : usual;
    }
  }
  return in_use;
}

}  // namespace

Task<Answer<Instance>> AwsAccount::instances(Scope scope) {
  const Result<RegionPtr> found = region_of(operations::list_instances, scope.location);
  if (!found) co_return tl::unexpected(found.error());
  const RegionPtr& region = *found;
  const Turns::Place turn = co_await region->listing_turns.take();
  Query query("DescribeInstances");
  query.set("MaxResults", machines_of_a_page);
  RowMemo<ReadPage>::Reading reading(region->pages);
  std::vector<std::shared_ptr<const MachinePage>> pages;
  ModelSize size;
  const MachinePlace place = place_of(*region);
  const Timestamp now = context_.clock.wall_now();
  const auto read_page = [&](std::string body, WorkLimit limit) -> Result<std::optional<std::string>> {
    const std::string_view text = without_request_id(body);
    const ReadPage& read = reading.get(text, [&](std::string_view /*text*/) {
      Result<MachinePage> page =
          read_machines(std::move(body), "DescribeInstancesResponse", place, now, context_.redactor, limit);
      ReadPage made;
      if (page) made.page = std::make_shared<const MachinePage>(std::move(*page));
      if (!page) made.error = page.error();
      return made;
    });
    if (read.error) return tl::unexpected(*read.error);
    size.add(read.page->size);
    if (size.is_too_large()) return tl::unexpected(too_much_to_hold());
    pages.push_back(read.page);
    return read.page->next;
  };
  const Result<> listed = co_await client_.ask_pages(operations::list_instances, region->name, std::move(query),
                                                     read_page, Bounded::by_reader);
  if (!listed) co_return tl::unexpected(listed.error());
  reading.finish();

  std::set<std::string> wanted;
  for (const auto& page : pages) {
    for (const Machine& machine : page->machines) {
      if (!machine.root_volume.empty()) wanted.insert(machine.root_volume);
    }
  }
  co_await refresh_volumes(region, std::move(wanted));
  const std::shared_ptr<const ShapeList> shapes = region->shapes;
  const Volumes volumes = region->volumes;
  VcpusInUse in_use;
  Answer<Instance> answer = co_await run_on(context_.workers, [&] {
    Answer<Instance> all;
    std::map<CloudId, JoinedRow> joined_now;
    for (const auto& page : pages) {
      for (const Machine& machine : page->machines) {
        all.rows.push_back(joined(machine, volumes, region->joined, joined_now));
      }
      all.rejected.insert(all.rejected.end(), page->rejected.begin(), page->rejected.end());
      all.odd.insert(all.odd.end(), page->odd.begin(), page->odd.end());
    }
    region->joined = std::move(joined_now);
    in_use = vcpus_in_use(pages, shapes->shapes);
    return all;
  });
  region->in_use = std::move(in_use);
  co_return answer;
}

/// A size decides nothing: when it cannot be had, what was known stays.
boost::asio::awaitable<void> AwsAccount::refresh_volumes(RegionPtr region, std::set<std::string> wanted) {
  const TimePoint now = context_.clock.now();
  std::erase_if(region->volumes, [&](const auto& each) { return !wanted.contains(each.first); });
  const bool is_fresh = is_within(volumes_are_good_for, region->volumes_refreshed_at, now);
  const bool was_just_asked = is_within(volumes_again_after, region->volumes_asked_at, now);
  std::vector<std::string> missing;
  for (const std::string& id : wanted) {
    if (!is_fresh || !region->volumes.contains(id)) missing.push_back(id);
  }
  // Those that nobody has told of before are asked for again in a while only.
  if (missing.empty() || (is_fresh && was_just_asked && missing == region->volumes_missing)) co_return;
  region->volumes_asked_at = now;
  region->volumes_missing = missing;
  if (!is_fresh) region->volumes_refreshed_at = now;
  co_await ask_volumes(region, std::move(missing));
}

/// Adds what is told of them to those that are known.
boost::asio::awaitable<void> AwsAccount::ask_volumes(RegionPtr region, std::vector<std::string> ids) {
  for (std::size_t begin = 0; begin < ids.size(); begin += values_of_a_filter) {
    const std::size_t end = std::min(begin + values_of_a_filter, ids.size());
    const std::vector<std::string> some(ids.begin() + static_cast<std::ptrdiff_t>(begin),
                                        ids.begin() + static_cast<std::ptrdiff_t>(end));
    Query query("DescribeVolumes");
    query.filter("volume-id", some);
    Volumes told;
    const Result<> read = co_await client_.ask_pages(
        list_volumes, region->name, std::move(query),
        [&](std::string body, WorkLimit limit) { return read_volumes(std::move(body), limit, told); });
    for (auto& [id, volume] : told) region->volumes.insert_or_assign(id, std::move(volume));
    if (!read) co_return;
  }
}

/// With the size that its disk has now: a resize whose answer was lost is looked for here.
Task<Instance> AwsAccount::instance(InstanceRef instance) {
  const Result<RegionPtr> found = region_of(operations::get_instance, instance);
  if (!found) co_return tl::unexpected(found.error());
  const RegionPtr& region = *found;
  const Result<Machine> machine = co_await machine_of(operations::get_instance, region, instance.cloud_id);
  if (!machine) co_return tl::unexpected(not_yet(instance.cloud_id, machine.error()));
  if (!machine->root_volume.empty()) {
    std::vector<std::string> root(1, machine->root_volume);
    co_await ask_volumes(region, std::move(root));
  }
  std::map<CloudId, JoinedRow> none;
  std::map<CloudId, JoinedRow> one;
  co_return *joined(*machine, region->volumes, none, one);
}

Task<Machine> AwsAccount::machine_of(Operation operation, RegionPtr region, CloudId id) {
  Query query("DescribeInstances");
  query.set("InstanceId.1", id.str());
  const MachinePlace place = place_of(*region);
  const Timestamp now = context_.clock.wall_now();
  co_return co_await client_.ask(
      operation, reading(region->name, query), [&](std::string body, WorkLimit limit) -> Result<Machine> {
        Result<MachinePage> page =
            read_machines(std::move(body), "DescribeInstancesResponse", place, now, context_.redactor, limit);
        if (!page) return tl::unexpected(page.error());
        if (!page->rejected.empty()) return tl::unexpected(json::bad_reply(page->rejected.front().reason));
        if (page->machines.size() != 1 || page->machines.front().instance->cloud_id != id) {
          return tl::unexpected(json::bad_reply("the answer is not about the instance that was asked for"));
        }
        return std::move(page->machines.front());
      });
}

}  // namespace tally::aws
