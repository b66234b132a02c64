// A large change set as several small ones, so that nobody waits for long behind it. Pure.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "tally/change_set.hpp"

namespace tally {

/// Each is whole by itself: a row comes with its own histories and events. What goes from the offer or ends comes after
/// what is new or changed; problems, and events of no row, come with the last one. A small change set, an empty one
/// too, is one piece.
std::vector<ChangeSet> in_pieces(ChangeSet changes);

/// What is known once the first `count` pieces are written, and none that follow.
std::shared_ptr<const KnownTypes> with_rows(const std::shared_ptr<const KnownTypes>& known,
                                            const std::vector<ChangeSet>& pieces, std::size_t count);
std::shared_ptr<const KnownInstances> with_rows(const std::shared_ptr<const KnownInstances>& known,
                                                const std::vector<ChangeSet>& pieces, std::size_t count);
std::shared_ptr<const KnownLocations> with_rows(const std::shared_ptr<const KnownLocations>& known,
                                                const std::vector<ChangeSet>& pieces, std::size_t count);

}  // namespace tally
