// What is known of the imaginary vendor `template` before any credential is opened.
#pragma once

#include "cloud/provider.hpp"

namespace tally::template_api {

const ProviderDescription& description();

}  // namespace tally::template_api
