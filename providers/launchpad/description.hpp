// What is true of NVIDIA Launchpad before any credential is opened.
#pragma once

#include "cloud/provider.hpp"

namespace tally::launchpad {

const ProviderDescription& description();

}  // namespace tally::launchpad
