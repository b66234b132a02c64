// Which addresses can be reached from anywhere. Pure.
#pragma once

#include <string>

#include "cloud/host.hpp"

namespace tally::fluidstack {

/// An address that is neither of a private or shared network, nor of one that is for documentation, tests or one link.
/// Of a simulated cloud, whose machines are on this one, every loopback address counts.
bool is_reached_from_anywhere(const std::string& address, LoopbackIs loopback);

}  // namespace tally::fluidstack
