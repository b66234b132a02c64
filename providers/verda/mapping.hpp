// Verda's replies as rows of the model: pure functions of the reply. Source: its API documentation (OpenAPI 3.1 of
// September 2026); unknown fields, absent optional ones and nulls are accepted everywhere.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/ids.hpp"
#include "cloud/instance.hpp"
#include "cloud/result.hpp"
#include "providers/rest/instance_list.hpp"
#include "providers/rest/our_tags.hpp"
#include "providers/rest/row_list.hpp"

namespace tally::verda {

/// The vendor writes keys in lower case.
inline constexpr OurTags our_tags{"ref-id", "cloud-cred-ref-id"};

/// What the mapping must know of the account.
struct Owner {
  CredentialRef credential;
  std::string ssh_user;
};

/// GET /instances, and one of its rows. A machine without our tags is ours only when its description is one that this
/// credential writes, as it was before there were tags.
InstanceMapping instance_mapping(Owner owner);

/// "{RefID}_{CloudCredRefID}": what the vendor's own tools write for a machine of ours.
std::string description_of(const RefId& ref, const CredentialRef& credential);

/// GET /instances/{id}. Error when it is for another instance.
Result<Instance> read_instance(std::string_view body, const Owner& owner, LoopbackIs loopback, const CloudId& asked,
                               Timestamp now);

/// What an action on a machine has to know of it, and the model does not.
struct MachineParts {
  struct Tag {
    std::string id;
    std::string value;
  };
  std::string os_volume_id;         // "": there is none yet
  std::string image;                // may be the ID of a volume that was there before
  std::map<std::string, Tag> tags;  // where they are wanted, all of them, by their keys
};

/// GET /instances/{id}. Error when it is for another instance, or when one of them cannot be read: tags count only
/// where they are `wanted`, for one that is odd is no reason not to end a machine.
enum class Tags { wanted, unwanted };
Result<MachineParts> read_parts(std::string_view body, const CloudId& asked, Tags tags);

/// GET /images
RowForm<Image> image_form();

}  // namespace tally::verda
