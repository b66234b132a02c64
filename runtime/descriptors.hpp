// How many descriptors this process may have open.
#pragma once

namespace tally {

/// As many as the system lets it have: the usual 1024 are few where each machine or each visitor takes some, and what
/// nobody uses costs nothing. Where that cannot be had all stays as it is.
void allow_many_descriptors();

}  // namespace tally
