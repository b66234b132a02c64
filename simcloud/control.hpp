// The control interface of the simulated cloud: POST /control/fault, DELETE /control/fault, POST /control/step,
// POST /control/poll2, GET /control/truth, GET /control/counters, GET /control/ready. Pure but for what it changes.
#pragma once

#include <map>
#include <string>

#include "simcloud/faults.hpp"
#include "simcloud/reply.hpp"
#include "simcloud/world.hpp"

namespace tally::simcloud {

struct Controlled {
  World world;
  Faults faults;
  std::map<std::string, int> requests;  // by path
  bool is_second_poll = false;          // serve the *_poll2 files of recorded replies
};

Reply control(Controlled& state, const Asked& asked);

}  // namespace tally::simcloud
