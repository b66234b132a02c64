// What a create becomes at SF Compute: the checks that need no network, and the body of POST /instances. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/answer.hpp"
#include "cloud/create_request.hpp"
#include "cloud/error.hpp"
#include "cloud/image.hpp"
#include "cloud/redactor.hpp"
#include "cloud/result.hpp"
#include "cloud/work_limit.hpp"
#include "providers/sfcompute/skus.hpp"

namespace tally::sfcompute {

/// Why the request cannot be honoured; the message begins with the parameter in back quotes. Rules are only where a
/// machine has an address of its own: else nothing but SSH reaches it anyway.
std::optional<Error> find_refusal(const CreateRequest& request, bool has_public_ipv4);

/// Why a tag cannot be written; "" when it can.
std::string why_no_tag(const std::string& key, const std::string& value);

/// All pages of GET /images: what is there whole, and the rows that cannot be read. The default is what a create
/// without an image takes.
Result<Answer<Image>> read_images(const std::vector<std::string>& pages, const Redactor& redactor, WorkLimit limit);

/// The resource path, or ID, of the image that was asked for, by either of them or by its name; else of the newest
/// public one with CUDA. Error: there is none.
Result<std::string> choose_image(const std::vector<std::string>& pages, const std::string& asked,
                                 const Redactor& redactor, WorkLimit limit);

/// The first SKU, by its ID, of that type in that region that has a free node, else the first of which nobody knows:
/// the vendor does. Error: none has (insufficient_resources), or there is no such type.
Result<std::string> choose_sku(const CreateRequest& request, const SkuTable& table, const SlotsBySku& slots);

/// What the machine is told at its first start. Refused: a key that is more than one line, rules and user data that are
/// wrong (providers/guest/).
Result<std::string> first_start(const CreateRequest& request, bool has_public_ipv4);

/// "" when nothing of it could be a name.
std::string machine_name(const CreateRequest& request);

struct Parts {
  std::string pool;
  std::string image;
  std::string sku_id;
  std::string user_data;  // bytes
  bool has_public_ipv4 = false;
};
std::string order_body(const CreateRequest& request, const CredentialRef& credential, const Parts& parts);

}  // namespace tally::sfcompute
