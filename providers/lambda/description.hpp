// What is true of Lambda before any credential is opened.
#pragma once

#include "cloud/provider.hpp"

namespace tally::lambda {

const ProviderDescription& description();

}  // namespace tally::lambda
