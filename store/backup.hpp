// A copy of the catalog, made while the daemon writes it. Any thread.
#pragma once

#include <filesystem>

namespace tally {

enum class IfExists { refuse, replace };

/// Where a copy is until it is whole: beside its target, under a name of its own.
std::filesystem::path part_name(const std::filesystem::path& target);

/// Copies the catalog as it is at one moment into a file, whole and checked, without side files. Throws StoreError: no
/// catalog, the target exists, is the catalog or no regular file, another backup to it goes on, disk full; the target
/// is as it was then.
void back_up_catalog(const std::filesystem::path& catalog, const std::filesystem::path& target,
                     IfExists if_exists = IfExists::refuse);

}  // namespace tally
