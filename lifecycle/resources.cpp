#include "lifecycle/resources.hpp"

#include <utility>

#include "runtime/guarded.hpp"

namespace tally::lifecycle {

Task<> announce_resource(DeskPtr desk, OperationPtr create, Handle planned) {
  planned.vendor_id.clear();
  // As in the journal, which has room for one of a kind without an ID.
  std::erase_if(create->resources, [&planned](const ResourceRecord& known) {
    return known.handle.vendor_id.empty() && known.handle.kind == planned.kind;
  });
  JournalChanges changes;
  std::vector<Handle> one;
  one.push_back(std::move(planned));
  keep_resources(*create, one, ResourceState::made, changes);
  const std::exception_ptr failure = co_await failure_of(desk->journal.write("create.part", std::move(changes)));
  if (failure) co_return tl::unexpected(unwritten(failure));
  co_return Result<>();
}

void drop_announced(Operation& create, JournalChanges& changes) {
  for (ResourceRecord& resource : create.resources) {
    if (!resource.handle.vendor_id.empty()) continue;
    resource.state = ResourceState::removed;
    changes.resources.push_back(resource);
  }
  std::erase_if(create.resources, [](const ResourceRecord& resource) { return resource.handle.vendor_id.empty(); });
}

void keep_resources(Operation& create, const std::vector<Handle>& made, ResourceState state, JournalChanges& changes) {
  for (const Handle& handle : made) {
    std::erase_if(create.resources, [&handle](const ResourceRecord& known) {
      return known.handle.vendor_id.empty() && known.handle.kind == handle.kind && known.handle.name == handle.name;
    });
    ResourceRecord resource;
    resource.operation_id = create.record.id;
    resource.handle = handle;
    resource.location = create.record.location;
    resource.state = state;
    create.resources.push_back(resource);
    changes.resources.push_back(std::move(resource));
  }
}

void move_resources(Operation& create, ResourceState to, JournalChanges& changes) {
  for (ResourceRecord& resource : create.resources) {
    const bool is_ours_to_move = resource.state == ResourceState::made || resource.state == ResourceState::in_use;
    if (!is_ours_to_move || resource.state == to) continue;
    resource.state = to;
    changes.resources.push_back(resource);
  }
}

}  // namespace tally::lifecycle
