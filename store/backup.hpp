// A copy of the catalog, made while the daemon writes it. Any thread.
#pragma once

#include <filesystem>

namespace tally {

/// Copies the catalog as it is at one moment into a new file, whole and checked, without side files. Throws StoreError:
/// no catalog, the target exists, disk full; no target is left then.
void back_up_catalog(const std::filesystem::path& catalog, const std::filesystem::path& target);

}  // namespace tally
