// What changes machines at FluidStack.
#include <algorithm>
#include <utility>

#include "net/url.hpp"
#include "providers/fluidstack/account.hpp"
#include "providers/fluidstack/order.hpp"
#include "providers/rest/create_steps.hpp"

namespace tally::fluidstack {
namespace {

/// For answers that say no more than that it was done.
Result<bool> read_nothing(const std::string& /*body*/, WorkLimit /*limit*/) { return true; }

std::string path_of(const CloudId& id) { return "/instances/" + encode_segment(id.str()); }

Result<> without_value(const Result<bool>& done) {
  if (!done) return tl::unexpected(done.error());
  return {};
}

bool is_out_of_stock(const Instance& machine) { return machine.provider_status == "out-of-stock"; }

}  // namespace

Task<Created> FluidstackAccount::create(CreateRequest request) {
  Result<std::string> order = order_of(request, context_.credential.ref, settings_.ssh_user);
  if (!order) {
    const Error& why = order.error();
    co_return tl::unexpected(management_.refusal(operations::create_instance, why.kind, why.message));
  }
  const Result<RegionPtr> found = co_await region_of(operations::create_instance, request.location);
  if (!found) co_return tl::unexpected(found.error());
  const RegionPtr& region = *found;
  Result<std::optional<Instance>> there = co_await find_machine(request, region);
  if (!there) co_return tl::unexpected(there.error());
  if (std::optional<Instance>& machine = *there) co_return Created{std::move(*machine), {}};

  Result<Instance> made = co_await ask_in_project(
      region, operations::create_instance, change(Method::post, "/instances", Repeat::never, std::move(*order)),
      [&region, now = context_.clock.wall_now()](const std::string& body, WorkLimit /*limit*/) {
        return read_machine_reply(body, *region, std::nullopt, now);
      });
  if (!made) co_return co_await give_up(std::move(request), region, made.error());
  if (is_out_of_stock(*made)) co_return co_await end_unstocked(region, std::move(*made));
  co_return Created{std::move(*made), {}};
}

/// The live machine of this credential that has the RefID. Refused: more than one, one that is another or has failed,
/// and where a machine may be it that nobody can read.
Task<std::optional<Instance>> FluidstackAccount::find_machine(CreateRequest request, RegionPtr region) {
  const Result<Answer<Instance>> listed = co_await machines_of(region);
  if (!listed) co_return tl::unexpected(listed.error());
  Result<std::optional<Instance>> found =
      find_own_machine(management_, listed->rows, request, context_.credential.ref, NameSpace::credential);
  const bool is_nowhere = found && !*found;
  if (is_nowhere && has_strangers(*listed, *region->read)) {
    co_return tl::unexpected(management_.refusal(operations::create_instance, Errc::service_unavailable,
                                                 "a machine there cannot be read, and may have this `ref_id`"));
  }
  co_return found;
}

/// After an order that failed. Where its answer was lost the machine is looked for once; it may come to be later.
Task<Created> FluidstackAccount::give_up(CreateRequest request, RegionPtr region, Error error) {
  if (error.certainty == Certainty::nothing_happened) co_return tl::unexpected(std::move(error));
  Result<std::optional<Instance>> there = co_await find_machine(std::move(request), std::move(region));
  if (there) {
    if (std::optional<Instance>& machine = *there) co_return Created{std::move(*machine), {}};
  }
  co_return tl::unexpected(std::move(error));
}

/// The vendor accepts an order for which it has nothing, and leaves a machine that will never run.
Task<Created> FluidstackAccount::end_unstocked(RegionPtr region, Instance machine) {
  Error error = management_.refusal(operations::create_instance, Errc::insufficient_resources, "out of stock");
  error.code = "out-of-stock";
  const Result<> ended = co_await end(std::move(region), machine.cloud_id);
  if (!ended) {
    error.certainty = Certainty::unknown;
    error.message += "; the machine " + machine.cloud_id.str() + " could not be ended: " + ended.error().message;
  }
  co_return tl::unexpected(std::move(error));
}

Task<> FluidstackAccount::remove(Handle handle, std::string /*location*/) {
  co_return tl::unexpected(management_.refusal(operations::remove, Errc::not_implemented,
                                               "a create here makes no " + std::string(to_string(handle.kind))));
}

Task<> FluidstackAccount::terminate(InstanceRef instance) {
  const Result<RegionPtr> region = co_await region_of(operations::terminate_instance, instance);
  if (!region && region.error().kind == Errc::instance_not_found) co_return Result<>();
  if (!region) co_return tl::unexpected(region.error());
  co_return co_await end(*region, instance.cloud_id);
}

Task<> FluidstackAccount::end(RegionPtr region, CloudId id) {
  const Result<> done = without_value(co_await ask_in_project(
      region, operations::terminate_instance, change(Method::delete_, path_of(id), Repeat::idempotent), read_nothing));
  if (done) co_return done;
  if (done.error().kind == Errc::instance_not_found) co_return Result<>();
  if (done.error().kind != Errc::conflict) co_return done;
  // One that is ending may be refused to end.
  const Result<Instance> left = co_await machine_at(operations::get_instance, region, id);
  const bool is_ending = left ? !is_live(*left) : left.error().kind == Errc::instance_not_found;
  co_return is_ending ? Result<>() : done;
}

Task<> FluidstackAccount::stop(InstanceRef instance) {
  return act(operations::stop_instance, std::move(instance), "stop", LifecycleStatus::stopped);
}

Task<> FluidstackAccount::start(InstanceRef instance) {
  return act(operations::start_instance, std::move(instance), "start", LifecycleStatus::running);
}

Task<> FluidstackAccount::act(Operation operation, InstanceRef instance, const char* action, LifecycleStatus wanted) {
  const Result<RegionPtr> region = co_await region_of(operation, instance);
  if (!region) co_return tl::unexpected(region.error());
  const std::string path = path_of(instance.cloud_id) + "/actions/" + action;
  const Result<> done = without_value(
      co_await ask_in_project(*region, operation, change(Method::post, path, Repeat::never), read_nothing));
  if (done || done.error().kind != Errc::conflict) co_return done;
  const Result<Instance> now = co_await machine_at(operations::get_instance, *region, instance.cloud_id);
  if (!now) co_return done;
  const LifecycleStatus on_its_way =
      wanted == LifecycleStatus::stopped ? LifecycleStatus::stopping : LifecycleStatus::pending;
  co_return now->status == wanted || now->status == on_its_way ? Result<>() : done;
}

}  // namespace tally::fluidstack
