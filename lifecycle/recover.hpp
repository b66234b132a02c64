// What a start does with operations that another process left behind. Loop thread.
#pragma once

#include "lifecycle/desk.hpp"

namespace tally::lifecycle {

/// Goes on with what the journal has that is not over. Called once, before requests.
void recover(const DeskPtr& desk);

}  // namespace tally::lifecycle
