#include "providers/rest/our_tags.hpp"

namespace tally {

void add_tag(Instance& instance, const OurTags& ours, const std::string& key, const std::string& value) {
  if (key == ours.ref_id) {
    instance.ref_id = RefId(value);
  } else if (key == ours.credential) {
    instance.cloud_cred_ref_id = CredentialRef(value);
  } else {
    instance.tags[key] = value;
  }
}

}  // namespace tally
