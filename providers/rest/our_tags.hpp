// The two tags by which a machine is ours, at vendors that keep tags. A provider states once what they are called
// there; its orders write them, its mapping reads them, and no user may write one. Pure.
#pragma once

#include <string>
#include <string_view>

#include "cloud/instance.hpp"

namespace tally {

/// Their keys, exactly as the vendor gives them back.
struct OurTags {
  std::string_view ref_id;      // the machine's RefID
  std::string_view credential;  // the credential that made it

  [[nodiscard]] constexpr bool has(std::string_view key) const { return key == ref_id || key == credential; }
};

/// Takes in a tag as the vendor tells it: one of ours says whose the machine is and is none of its owner's, any other
/// is one of its tags. Of a repeated key the last counts.
void add_tag(Instance& instance, const OurTags& ours, const std::string& key, const std::string& value);

}  // namespace tally
