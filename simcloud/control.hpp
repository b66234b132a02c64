// The control interface of the simulated cloud: POST /control/fault, DELETE /control/fault, POST /control/ssh,
// POST /control/step, POST /control/poll2, GET /control/truth, GET /control/counters, GET /control/ready. Pure but for
// what it changes.
//
// POST /control/ssh {"instance": ID, "fault": NAME}: how the instance answers over SSH from now on, NAME as in
// simcloud/ssh_fault.hpp ("none" ends it); NAME "host_key" sets it up anew, with another host key and an empty home.
// Without "instance": all that there are.
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
