// How the service carries out operations, whichever credential they are of. Values only.
#pragma once

#include <chrono>

namespace tally::lifecycle {

struct Options {
  std::chrono::seconds conclude_after{600};     // of complete listings, before "not there" is believed
  std::chrono::seconds create_queue{120};       // the longest wait for a turn among creates of a tenant
  std::chrono::seconds call_deadline{180};      // of one call that makes or ends something
  std::chrono::seconds running_deadline{1200};  // a created machine is running by then
  std::chrono::seconds hold{180};               // how long a type is held at most
  std::chrono::seconds stop{3};                 // what calls in flight get at stop
};

}  // namespace tally::lifecycle
