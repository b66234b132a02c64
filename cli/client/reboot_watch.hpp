// Whether a machine that was told to reboot is back: contacts over SSH, which the daemon makes when it is asked to.
#pragma once

#include <filesystem>
#include <string>

#include "cli/client/following.hpp"
#include "cli/subject.hpp"

namespace tally::cli {

/// What a contact came to.
struct Contact {
  bool is_asked = false;  // the daemon tried
  bool is_ok = false;
  std::string boot_id;  // "" when it could not be learned: nobody may log in there
  std::string words;    // for people
};

Contact contact(const std::filesystem::path& socket, const Subject& machine);

/// Whether it is over after that contact: it shows a new boot ID; where none can be learned, a good contact after a
/// failed one. Pure.
bool is_back(const Contact& before, bool was_down, const Contact& now);

/// False: the time is up.
bool comes_back(Following& following, const std::filesystem::path& socket, const Subject& machine,
                const Contact& before);

}  // namespace tally::cli
