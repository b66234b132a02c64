// What to keep of a known row when the vendor answers again. Pure.
#pragma once

#include <string>
#include <vector>

#include "cloud/instance.hpp"
#include "cloud/instance_type.hpp"

namespace tally {

struct MergedInstance {
  Instance instance;
  std::vector<std::string> conflicts;  // identity fields that the vendor now states differently; the old value stays
};

/// `seen` on top of `known`: identity and rarely repeated fields keep their known value unless that was empty; what
/// moves (status, addresses, tags, sizes) is taken from `seen`; but what ended without tags keeps those it had.
MergedInstance merge(const Instance& known, const Instance& seen);

/// Names of the identity fields (provider, cloud, location, sub_location, type) in which two types of one ID differ.
/// Not empty: the ID has changed its meaning.
std::vector<std::string> identity_conflicts(const InstanceType& known, const InstanceType& seen);

}  // namespace tally
