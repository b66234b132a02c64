// What is true of FluidStack before any credential is opened.
#pragma once

#include "cloud/provider.hpp"

namespace tally::fluidstack {

const ProviderDescription& description();

}  // namespace tally::fluidstack
