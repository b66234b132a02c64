// What changes a machine that is there. Each call says what a second one would do where the first one's answer is lost:
// but for a restart, which is two of them, each sets or ends something.
#include "providers/aws/account.hpp"
#include "providers/aws/belongings.hpp"
#include "providers/guest/refusal.hpp"

namespace tally::aws {
namespace {

constexpr std::chrono::seconds between_looks{5};
constexpr std::chrono::minutes longest_modifying{2};
constexpr std::chrono::hours longest_optimizing{1};
constexpr Operation follow_resize{"follow the resize", true};

/// What else has been done already is not denied by the last call's refusal.
Error after_others(Error error) {
  if (error.certainty == Certainty::nothing_happened) error.certainty = Certainty::unknown;
  return error;
}

}  // namespace

/// EC2's readers lag behind its writers: what was just made may not be known everywhere yet.
Error AwsAccount::not_yet(const CloudId& id, Error error) const {
  if (error.kind != Errc::instance_not_found) return error;
  if (!young_.contains(id)) return error;
  error.kind = Errc::service_unavailable;
  error.message = "it was just made, and is not known there yet: " + error.message;
  return error;
}

Task<> AwsAccount::act(Operation operation, InstanceRef instance, const char* action, Repeat repeat) {
  const Result<RegionPtr> region = region_of(operation, instance);
  if (!region) co_return tl::unexpected(region.error());
  Query query(action);
  query.set("InstanceId.1", instance.cloud_id.str());
  const Result<> done = co_await client_.perform(operation, changing((*region)->name, query, repeat));
  if (!done) co_return tl::unexpected(not_yet(instance.cloud_id, done.error()));
  co_return Result<>();
}

/// A protection against it is none of the conflicts that pass.
Task<> AwsAccount::terminate(InstanceRef instance) {
  Result<> done = co_await act(operations::terminate_instance, instance, "TerminateInstances", Repeat::idempotent);
  if (!done && done.error().kind == Errc::instance_not_found) co_return Result<>();
  if (!done && done.error().code == "OperationNotPermitted") {
    done.error().kind = Errc::forbidden;
    done.error().advice = "switch off the instance's termination protection at AWS";
  }
  co_return done;
}

Task<> AwsAccount::stop(InstanceRef instance) {
  return act(operations::stop_instance, std::move(instance), "StopInstances", Repeat::idempotent);
}

Task<> AwsAccount::start(InstanceRef instance) {
  return act(operations::start_instance, std::move(instance), "StartInstances", Repeat::idempotent);
}

Task<> AwsAccount::reboot(InstanceRef instance) {
  return act(operations::reboot_instance, std::move(instance), "RebootInstances", Repeat::never);
}

/// EC2 refuses to shrink, and to change one again too soon.
Task<> AwsAccount::resize_volume(InstanceRef instance, VolumeResize resize) {
  const Result<RegionPtr> found = region_of(operations::resize_volume, instance);
  if (!found) co_return tl::unexpected(found.error());
  const RegionPtr& region = *found;
  const Result<Machine> machine = co_await machine_of(operations::resize_volume, region, instance.cloud_id);
  if (!machine) co_return tl::unexpected(not_yet(instance.cloud_id, machine.error()));
  if (machine->root_volume.empty()) {
    co_return tl::unexpected(
        client_.refusal(operations::resize_volume, Errc::conflict, "the machine's root is no volume that could grow"));
  }
  Query query("ModifyVolume");
  query.set("VolumeId", machine->root_volume).set("Size", std::to_string(gib_of(resize.size)));
  Call call = changing(region->name, query, Repeat::idempotent);
  const Result<std::string> begun =
      co_await client_.ask(operations::resize_volume, std::move(call),
                           [](std::string body, WorkLimit /*limit*/) { return read_begun(std::move(body)); });
  // Whatever came of it: it is refused, too, where the same call has begun it before, and that answer was lost.
  region->volumes_refreshed_at.reset();
  if (!begun) co_return tl::unexpected(begun.error());
  const Result<> followed = co_await follow(region, machine->root_volume, *begun, resize.waits_for_optimizing);
  region->volumes_refreshed_at.reset();  // a listing may have read the old size meanwhile
  co_return followed;
}

/// Until the volume can be used at its new size, or has been moved, too. An answer that does not come, or knows nothing
/// of the change yet, decides nothing: it was accepted.
Task<> AwsAccount::follow(RegionPtr region, std::string volume, std::string state, bool waits_for_optimizing) {
  Query query("DescribeVolumesModifications");
  query.set("VolumeId.1", volume);
  const TimePoint begun = context_.clock.now();
  const TimePoint end = waits_for_optimizing ? begun + longest_optimizing : begun + longest_modifying;
  while (state != "completed" && (waits_for_optimizing || state != "optimizing") && context_.clock.now() < end) {
    if (state == "failed") {
      Error error = client_.refusal(operations::resize_volume, Errc::service_unavailable, "AWS says that it failed");
      error.certainty = Certainty::unknown;
      co_return tl::unexpected(std::move(error));
    }
    co_await context_.clock.sleep_until(context_.clock.now() + between_looks);
    Result<std::string> now =
        co_await client_.ask(follow_resize, reading(region->name, query),
                             [](std::string body, WorkLimit /*limit*/) { return read_modification(std::move(body)); });
    if (now && !now->empty()) state = std::move(*now);
  }
  co_return Result<>();
}

Task<> AwsAccount::update_tags(InstanceRef instance, TagChanges changes) {
  if (const auto bad = find_bad_tag(changes, why_no_tag)) {
    co_return tl::unexpected(client_.refusal(operations::update_tags, bad->kind, bad->message));
  }
  const Result<RegionPtr> found = region_of(operations::update_tags, instance);
  if (!found) co_return tl::unexpected(found.error());
  Query set("CreateTags");
  Query taken("DeleteTags");
  int set_count = 0;
  int taken_count = 0;
  for (const auto& [key, value] : changes) {
    Query& query = value ? set : taken;
    const std::string path = "Tag." + std::to_string(value ? ++set_count : ++taken_count);
    query.set(path + ".Key", key);
    if (value) query.set(path + ".Value", *value);
  }
  for (Query* query : {&set, &taken}) {
    const bool is_first = query == &set || set_count == 0;
    if ((query == &set ? set_count : taken_count) == 0) continue;
    query->set("ResourceId.1", instance.cloud_id.str());
    Call call = changing((*found)->name, *query, Repeat::idempotent);
    const Result<> done = co_await client_.perform(operations::update_tags, std::move(call));
    if (done) continue;
    Error error = not_yet(instance.cloud_id, done.error());
    co_return tl::unexpected(is_first ? std::move(error) : after_others(std::move(error)));
  }
  co_return Result<>();
}

/// EC2 says itself that the machine is not stopped (IncorrectInstanceState).
Task<> AwsAccount::change_type(InstanceRef instance, std::string type) {
  const Result<RegionPtr> region = region_of(operations::change_type, instance);
  if (!region) co_return tl::unexpected(region.error());
  Query query("ModifyInstanceAttribute");
  query.set("InstanceId", instance.cloud_id.str()).set("InstanceType.Value", type);
  const Result<> done =
      co_await client_.perform(operations::change_type, changing((*region)->name, query, Repeat::idempotent));
  if (!done) co_return tl::unexpected(not_yet(instance.cloud_id, done.error()));
  co_return Result<>();
}

}  // namespace tally::aws
