// Who is at the control socket's path before we are.
#pragma once

#include <filesystem>
#include <optional>

namespace tally {

/// Throws StoreError (75) when a process listens at the path: most likely a daemon over another state directory, whose
/// clients would be taken away. A socket that systemd made for us and handed to us (sd_listen_fds(3)) is ours.
void refuse_taken_socket(const std::filesystem::path& socket);

/// The listening socket of that path that systemd handed to us; the caller closes it.
std::optional<int> handed_socket(const std::filesystem::path& socket);

}  // namespace tally
