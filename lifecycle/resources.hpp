// What a create makes beside its machine, as the journal has it: announced before it is made, then in use or to be
// removed. Loop thread.
#pragma once

#include <vector>

#include "lifecycle/desk.hpp"

namespace tally::lifecycle {

/// The create is about to make this: in the journal before. It takes the place of one of its kind that was announced
/// and has no ID: that one was refused for certain (its name was taken), and is somebody else's. An error: it could not
/// be written.
Task<> announce_resource(DeskPtr desk, OperationPtr create, Handle planned);

/// The create was refused for certain: nothing of what it announced is there.
void drop_announced(Operation& create, JournalChanges& changes);

/// Notes what a create made, and marks what it made as to be removed, or as used by its machine.
void keep_resources(Operation& create, const std::vector<Handle>& made, ResourceState state, JournalChanges& changes);
void move_resources(Operation& create, ResourceState to, JournalChanges& changes);

}  // namespace tally::lifecycle
