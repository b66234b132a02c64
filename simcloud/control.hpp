// The control interface of the simulated cloud. Pure but for what it changes. Bodies and answers are JSON.
//
// GET    /control/ready
// POST   /control/step {"n"}             the world moves n times, else once
// GET    /control/truth                  the state as a catalog should have it, and what else the account has
// GET    /control/counters               requests by path
// GET    /control/operations             requests by operation of the face, such as "launch"
// POST   /control/fault                  a fault, as simcloud/faults.hpp reads it
// DELETE /control/fault                  there are no faults any more
// POST   /control/stock                  {"type", "region", "available"}: whether it is in stock there from now on
// POST   /control/quota {"gpus"}         so many GPUs the account may have
// POST   /control/instance               {"instance", "status"}: its status from now on, as truth has it ("failed")
// POST   /control/poll2                  of recorded replies serve those of the second poll
// POST   /control/ssh                    {"instance", "fault"}: how the instance answers over SSH from now on, the
// fault as
//                                        in simcloud/ssh_fault.hpp ("none" ends it); "host_key" sets it up anew, with
//                                        another host key and an empty home. Without "instance": all that there are
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
  std::map<std::string, int> requests;    // by path
  std::map<std::string, int> operations;  // by operation of the face
  bool is_second_poll = false;            // serve the *_poll2 files of recorded replies
};

Reply control(Controlled& state, const Asked& asked);

}  // namespace tally::simcloud
