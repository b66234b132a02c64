// The machines that a region's list has and that could be read at some time: who they are is known, also while their
// rows cannot be read. Pure.
#pragma once

#include <string>
#include <unordered_set>

#include "cloud/answer.hpp"
#include "cloud/instance.hpp"

namespace tally::fluidstack {

using ReadIds = std::unordered_set<std::string>;

/// After an answer; `before`: after the one before it, nullptr when there was none.
ReadIds read_ids(const Answer<Instance>& answer, const ReadIds* before);

/// Whether a row of it may be of a machine that nobody has read yet.
bool has_strangers(const Answer<Instance>& answer, const ReadIds& known);

}  // namespace tally::fluidstack
