#include "lifecycle/remove_resources.hpp"

#include <algorithm>
#include <utility>

#include "lifecycle/calls.hpp"

namespace tally::lifecycle {
namespace {

constexpr std::chrono::seconds first_retry{10};
constexpr std::chrono::seconds longest_retry{3600};

/// As it is after one try.
boost::asio::awaitable<ResourceRecord> try_to_remove(DeskPtr desk, ResourceRecord resource) {
  Task<> work = desk->parts.account->creates()->remove(resource.handle, resource.location);
  const Result<> result = co_await call<void>(desk, "remove", std::move(work));
  const bool is_gone = result || result.error().matches(Errc::resource_not_found);
  resource.error = is_gone ? std::string() : to_text(result.error());
  if (is_gone) resource.state = ResourceState::removed;
  co_return resource;
}

/// What bears the RefID's own name, as keys at Lambda do, is found and used again by the next create of that RefID: it
/// stays until that one is over and has no machine.
bool is_used_by_newer(const Desk& desk, const Operation& create, const Handle& handle) {
  if (handle.name != create.record.ref_id.str()) return false;
  const std::vector<OperationPtr> creates = desk.journal.creates_of(create.record.ref_id);
  return std::any_of(creates.begin(), creates.end(), [&](const OperationPtr& other) {
    const bool is_newer = other->record.generation > create.record.generation;
    return is_newer && (!other->is_over() || has_live_machine(desk, *other));
  });
}

/// Whether something is left.
boost::asio::awaitable<bool> remove_once(DeskPtr desk, OperationPtr create) {
  bool is_left = false;
  for (std::size_t i = 0; i < create->resources.size(); ++i) {
    if (create->resources[i].state != ResourceState::removing) continue;
    if (is_used_by_newer(*desk, *create, create->resources[i].handle)) {
      is_left = true;
      continue;
    }
    ResourceRecord before = create->resources[i];
    ResourceRecord after = co_await try_to_remove(desk, before);
    is_left = is_left || after.state != ResourceState::removed;
    if (after == before) continue;
    JournalChanges changes;
    changes.resources.push_back(after);
    create->resources[i] = std::move(after);
    co_await desk->journal.insist("remove", std::move(changes));
  }
  co_return is_left;
}

}  // namespace

boost::asio::awaitable<void> remove_resources(DeskPtr desk, OperationPtr create) {
  if (desk->parts.account->creates() == nullptr || create->is_removing) co_return;
  create->is_removing = true;
  const std::shared_ptr<void> one_at_a_time(nullptr, [create](void*) { create->is_removing = false; });
  std::chrono::seconds pause = first_retry;
  while (co_await remove_once(desk, create)) {
    co_await desk->clock.sleep_until(desk->clock.now() + pause);
    pause = std::min(2 * pause, longest_retry);
  }
}

}  // namespace tally::lifecycle
