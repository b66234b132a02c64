// What is true of Shadeform before any credential is opened.
#pragma once

#include "cloud/provider.hpp"

namespace tally::shadeform {

const ProviderDescription& description();

}  // namespace tally::shadeform
