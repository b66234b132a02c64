// Recorded replies of Lambda's API, served from a folder (file names as vendors' samples have them).
#pragma once

#include <filesystem>

#include "simcloud/reply.hpp"

namespace tally::simcloud {

/// The file that answers the request; of a second poll the *_poll2 one where there is one.
Reply recorded_reply(const std::filesystem::path& folder, const Asked& asked, bool is_second_poll);

}  // namespace tally::simcloud
