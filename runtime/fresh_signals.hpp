// The signals of a program that is started.
#pragma once

#include <spawn.h>

#include <csignal>

namespace tally {

/// None is blocked or ignored, whatever the thread has that starts it. Answers the flags that make it so
/// (posix_spawnattr_setflags).
inline int set_fresh_signals(posix_spawnattr_t& attributes) {
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  return POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
}

}  // namespace tally
