// A program that is killed at a change of a file that it makes: only programs that are told of fakes/preload_kill.cpp.
#pragma once

#include <csignal>
#include <string>
#include <vector>

namespace tally::fakes {

/// The command, to be killed at its n-th change of a file, counted from 1 (fakes/preload_kill.cpp).
inline std::vector<std::string> killed_at(int step, const std::vector<std::string>& command) {
  std::vector<std::string> words = {"/usr/bin/env", "LD_PRELOAD=" TALLY_PRELOAD_KILL,
                                    "ASAN_OPTIONS=verify_asan_link_order=0", "TALLY_TEST_STEP=" + std::to_string(step)};
  words.insert(words.end(), command.begin(), command.end());
  return words;
}
inline constexpr int was_killed = 128 + SIGKILL;  // as Process::wait() answers it

}  // namespace tally::fakes
