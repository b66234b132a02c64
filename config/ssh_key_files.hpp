// A private SSH key and its passphrase in files of their own.
#pragma once

#include <filesystem>
#include <string>

#include "config/private_file.hpp"

namespace tally {

/// The text of a private key; whether it is one is not looked at.
PrivateFile read_ssh_key_file(const std::filesystem::path& file);

/// The first line of a file that holds no other. One line break at its end does not belong to it.
PrivateFile read_passphrase_file(const std::filesystem::path& file);

}  // namespace tally
