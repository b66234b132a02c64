#include "providers/nebius/changing.hpp"

#include "net/grpc/codes.hpp"
#include "providers/guest/refusal.hpp"
#include "providers/nebius/instance_mapping.hpp"
#include "runtime/random_id.hpp"

namespace tally::nebius {
namespace {

namespace compute = ::nebius::compute::v1;
using State = compute::InstanceStatus;
using std::chrono::seconds;

constexpr std::string_view get_operation = "nebius.common.v1.OperationService/Get";
constexpr GrpcMethod get_one{services::compute, "nebius.compute.v1.InstanceService/Get"};
constexpr GrpcMethod delete_machine{services::compute, "nebius.compute.v1.InstanceService/Delete"};
constexpr GrpcMethod stop_machine{services::compute, "nebius.compute.v1.InstanceService/Stop"};
constexpr GrpcMethod start_machine{services::compute, "nebius.compute.v1.InstanceService/Start"};
constexpr GrpcMethod update_machine{services::compute, "nebius.compute.v1.InstanceService/Update"};
constexpr GrpcMethod get_a_disk{services::compute, "nebius.compute.v1.DiskService/Get"};
constexpr GrpcMethod update_disk{services::compute, "nebius.compute.v1.DiskService/Update"};

constexpr seconds between_polls{1};
constexpr seconds accepted{20};  // what fails soon after it was accepted is told
constexpr seconds longest_start{60};
constexpr seconds longest_stop{100};  // of a reboot: with the start it is within what one call may take
constexpr seconds before_retry{5};

constexpr const char* reboot_again = "the machine may stand still: ask for the reboot again, which goes on from there";

std::string id_message(const std::string& id) {
  compute::GetInstanceRequest message;  // all requests that name one thing have its ID as field 1
  message.set_id(id);
  return message.SerializeAsString();
}

}  // namespace

boost::asio::awaitable<void> Changing::sleep(Seconds duration) {
  co_await context_.clock.sleep_until(context_.clock.now() + duration);
}

Task<Changing::GrpcOperation> Changing::begin(Operation operation, GrpcMethod method, std::string message,
                                              std::string key, std::string mask) {
  Request request = grpc_call(calls_.url_of(method), std::move(message), Repeat::idempotent);
  request.priority = Priority::lifecycle;
  request.headers.push_back({"X-Idempotency-Key", Secret(std::move(key))});
  if (!mask.empty()) request.headers.push_back({"X-Resetmask", Secret(std::move(mask))});
  Result<GrpcOperation> begun = co_await calls_.ask<GrpcOperation>(operation, std::move(request));
  if (!begun) co_return tl::unexpected(of_a_change(begun.error()));
  co_return begun;
}

/// What is not known any more, or cannot be asked for, has not failed: the thing itself tells.
Task<> Changing::follow(Operation operation, std::string_view service, GrpcOperation begun, Seconds at_most) {
  const TimePoint end = context_.clock.now() + at_most;
  while (!begun.has_status()) {
    if (context_.clock.now() + between_polls > end) co_return Result<>();
    co_await sleep(between_polls);
    Request request =
        grpc_call(calls_.url_of(GrpcMethod{service, get_operation}), id_message(begun.id()), Repeat::safe);
    request.priority = Priority::lifecycle;
    Result<GrpcOperation> now = co_await calls_.ask<GrpcOperation>(operation, std::move(request));
    if (now) begun = std::move(*now);
    if (!now && !now.error().is_of_moment()) co_return Result<>();
  }
  if (begun.status().code() == 0) co_return Result<>();
  const Error failed = error_of(dialect(), operation, answer_of(begun.status()), context_.redactor);
  co_return tl::unexpected(of_a_change(failed));
}

Task<> Changing::carry_out(Operation operation, GrpcMethod method, std::string message, Seconds at_most,
                           std::string mask) {
  for (bool is_first = true;; is_first = false) {
    const std::string key = call_key(random_id(), method.path);
    Result<GrpcOperation> begun = co_await begin(operation, method, message, key, mask);
    Result<> done = begun ? Result<>() : tl::unexpected(begun.error());
    if (begun) done = co_await follow(operation, method.service, std::move(*begun), at_most);
    const bool is_busy = !done && (done.error().code == "OperationConflict" ||
                                   done.error().code == "OperationAborted" || done.error().code == "BadResourceState");
    if (!is_busy || !is_first) co_return done;
    co_await sleep(before_retry);
  }
}

Task<compute::Instance> Changing::machine_of(Operation operation, InstanceRef instance) {
  const Result<std::shared_ptr<const Projects>> projects = co_await reading_.projects_for(operation, instance.location);
  if (!projects) co_return tl::unexpected(projects.error());
  if (instance.cloud_id.empty()) {
    co_return tl::unexpected(calls_.client().refusal(operation, Errc::invalid_request, "the instance has no ID"));
  }
  Request request = grpc_call(calls_.url_of(get_one), id_message(instance.cloud_id.str()), Repeat::safe);
  request.priority = Priority::lifecycle;
  co_return co_await calls_.ask<compute::Instance>(operation, std::move(request));
}

Task<> Changing::terminate(InstanceRef instance) {
  const Operation operation = operations::terminate_instance;
  const Result<compute::Instance> machine = co_await machine_of(operation, instance);
  if (!machine && machine.error().kind == Errc::instance_not_found) co_return Result<>();
  if (!machine) co_return tl::unexpected(machine.error());
  std::string message = id_message(instance.cloud_id.str());
  const Result<> done = co_await carry_out(operation, delete_machine, std::move(message), accepted);
  if (!done && done.error().kind == Errc::instance_not_found) co_return Result<>();
  co_return done;
}

Task<> Changing::stop(InstanceRef instance) {
  const Operation operation = operations::stop_instance;
  const Result<compute::Instance> machine = co_await machine_of(operation, instance);
  if (!machine) co_return tl::unexpected(machine.error());
  std::string message = id_message(instance.cloud_id.str());
  Result<> stopped = co_await carry_out(operation, stop_machine, std::move(message), accepted);
  if (!stopped && stopped.error().kind == Errc::conflict) {
    const Result<compute::Instance> now = co_await machine_of(operation, instance);
    if (now && now->status().state() == State::STOPPED) stopped = Result<>();
  }
  if (stopped) reboots_.forget(instance.cloud_id);  // it is to stand still
  co_return stopped;
}

/// GPUs were given back at the stop: there may be none now, which the vendor says a while after it has accepted it.
Task<> Changing::start(InstanceRef instance) {
  const Operation operation = operations::start_instance;
  const Result<compute::Instance> machine = co_await machine_of(operation, instance);
  if (!machine) co_return tl::unexpected(machine.error());
  std::string message = id_message(instance.cloud_id.str());
  const Result<> started = co_await carry_out(operation, start_machine, std::move(message), longest_start);
  if (started) reboots_.forget(instance.cloud_id);
  co_return started;
}

Task<bool> Changing::stands_still(Operation operation, InstanceRef instance, TimePoint latest) {
  for (;;) {
    const Result<compute::Instance> machine = co_await machine_of(operation, instance);
    if (!machine && !machine.error().is_of_moment()) {
      Error error = machine.error();
      error.certainty = Certainty::unknown;
      co_return tl::unexpected(std::move(error));
    }
    const auto state = machine ? machine->status().state() : State::UNSPECIFIED;
    if (state == State::STOPPED) co_return true;
    if (state == State::STARTING) co_return false;
    if (context_.clock.now() >= latest) {
      Error error = calls_.client().refusal(operation, Errc::service_unavailable,
                                            "it takes long to stop, and has not been started");
      error.certainty = Certainty::unknown;
      error.retry_after = before_retry;
      error.advice = reboot_again;
      co_return tl::unexpected(std::move(error));
    }
    co_await sleep(between_polls);
  }
}

/// The vendor has no such call: it is a stop, and a start that may find no capacity.
Task<> Changing::reboot(InstanceRef instance) {
  const Operation operation = operations::reboot_instance;
  const TimePoint latest = context_.clock.now() + longest_stop;
  const Result<compute::Instance> machine = co_await machine_of(operation, instance);
  if (!machine) co_return tl::unexpected(machine.error());
  const auto state = machine->status().state();
  const bool goes_on = reboots_.contains(instance.cloud_id);
  if (state == State::STOPPED && !goes_on) {
    co_return tl::unexpected(
        calls_.client().refusal(operation, Errc::conflict, "the machine is stopped: start it instead"));
  }
  std::string message = id_message(instance.cloud_id.str());
  const bool is_on_its_way = state == State::STOPPED || state == State::STOPPING || state == State::STARTING;
  if (!goes_on || !is_on_its_way) {
    reboots_.note(instance.cloud_id);
    Result<> stopped = co_await carry_out(operation, stop_machine, message, accepted);
    const bool is_refused = !stopped && stopped.error().certainty == Certainty::nothing_happened;
    if (is_refused && !goes_on) reboots_.forget(instance.cloud_id);
    if (!stopped && !is_refused) stopped.error().advice = reboot_again;
    if (!stopped) co_return stopped;
  }
  const Result<bool> stands = co_await stands_still(operation, instance, latest);
  if (!stands) co_return tl::unexpected(stands.error());
  Result<> started;
  if (*stands) started = co_await carry_out(operation, start_machine, std::move(message), longest_start);
  if (started) {
    reboots_.forget(instance.cloud_id);
  } else {
    started.error().certainty = Certainty::unknown;
    started.error().advice = "the machine is stopped: start it, or ask for the reboot again";
  }
  co_return started;
}

Task<> Changing::update(Operation operation, compute::Instance changed, std::string mask) {
  compute::UpdateInstanceRequest message;
  *message.mutable_metadata() = std::move(*changed.mutable_metadata());
  *message.mutable_spec() = std::move(*changed.mutable_spec());
  co_return co_await carry_out(operation, update_machine, message.SerializeAsString(), accepted, std::move(mask));
}

Task<> Changing::update_tags(InstanceRef instance, TagChanges changes) {
  const Operation operation = operations::update_tags;
  if (const auto bad = find_bad_tag(changes, why_no_tag)) {
    co_return tl::unexpected(calls_.client().refusal(operation, bad->kind, bad->message));
  }
  for (bool is_first = true;; is_first = false) {
    Result<compute::Instance> machine = co_await machine_of(operation, instance);
    if (!machine) co_return tl::unexpected(machine.error());
    auto& labels = *machine->mutable_metadata()->mutable_labels();
    for (const auto& [key, value] : changes) {
      if (value) labels[key] = *value;
      if (!value) labels.erase(key);
    }
    std::string mask = labels.empty() ? "metadata.labels" : "";
    const Result<> done = co_await update(operation, std::move(*machine), std::move(mask));
    const bool has_changed = !done && done.error().code == "ResourceConflict";  // since it was read
    if (!has_changed || !is_first) co_return done;
  }
}

Task<> Changing::change_type(InstanceRef instance, std::string type) {
  const Operation operation = operations::change_type;
  Result<compute::Instance> machine = co_await machine_of(operation, instance);
  if (!machine) co_return tl::unexpected(machine.error());
  const auto wanted = split_type_name(type);
  compute::ResourcesSpec& resources = *machine->mutable_spec()->mutable_resources();
  const auto refuse = [&](Errc kind, const std::string& why) {
    return tl::unexpected(calls_.client().refusal(operation, kind, why));
  };
  if (!wanted || wanted->first != resources.platform()) {
    co_return refuse(Errc::invalid_request,
                     "`type` must be of platform " + resources.platform() + ", which is for good");
  }
  resources.set_preset(wanted->second);
  auto& labels = *machine->mutable_metadata()->mutable_labels();
  if (labels.contains(std::string(labels::type))) labels[std::string(labels::type)] = type;
  co_return co_await update(operation, std::move(*machine));
}

Task<> Changing::resize(InstanceRef instance, VolumeResize resize) {
  const Operation operation = operations::resize_volume;
  Result<compute::Instance> machine = co_await machine_of(operation, instance);
  if (!machine) co_return tl::unexpected(machine.error());
  const std::int64_t size = gib_of(resize.size);
  auto& boot = *machine->mutable_spec()->mutable_boot_disk();
  if (boot.has_managed_disk()) {
    boot.mutable_managed_disk()->mutable_spec()->set_size_gibibytes(size);
    co_return co_await update(operation, std::move(*machine));
  }
  Request request = grpc_call(calls_.url_of(get_a_disk), id_message(boot.existing_disk().id()), Repeat::safe);
  request.priority = Priority::lifecycle;
  Result<compute::Disk> disk = co_await calls_.ask<compute::Disk>(operation, std::move(request));
  if (!disk) co_return tl::unexpected(disk.error());
  compute::UpdateDiskRequest message;
  *message.mutable_metadata() = disk->metadata();
  *message.mutable_spec() = disk->spec();
  message.mutable_spec()->set_size_gibibytes(size);
  co_return co_await carry_out(operation, update_disk, message.SerializeAsString(), accepted);
}

}  // namespace tally::nebius
