// Recorded replies of a vendor's API, served from a folder (file names as vendors' samples have them).
#pragma once

#include <filesystem>
#include <string>

#include "simcloud/face.hpp"
#include "simcloud/reply.hpp"

namespace tally::simcloud {

/// The file that answers the request; of a second poll the *_poll2 one where there is one.
Reply recorded_reply(const Face& face, const std::filesystem::path& folder, const Asked& asked, bool is_second_poll);

/// Of the files that begin with `start` the one that holds `text`.
std::filesystem::path file_with(const std::filesystem::path& folder, const std::string& start, const std::string& text);

}  // namespace tally::simcloud
