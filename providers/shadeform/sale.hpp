// What Shadeform says of a type that is to be ordered, and the images of all types. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/answer.hpp"
#include "cloud/image.hpp"
#include "cloud/redactor.hpp"
#include "cloud/result.hpp"
#include "cloud/work_limit.hpp"

namespace tally::shadeform {

struct Sale {
  std::string cloud;
  std::string shade_instance_type;
  bool is_container = false;
  std::vector<std::string> images;   // os_options
  std::vector<std::string> regions;  // where it is sold, also when there is none to be had now
};

/// The type of that name (mapping.hpp, type_name) in GET /instances/types; nothing when it is not there. Error: several
/// clouds have one ("a_b" with "c", "a" with "b_c").
Result<std::optional<Sale>> read_sale(std::string_view body, const std::string& type, WorkLimit limit);

/// What a create without an image takes: Ubuntu 22.04, else 24.04; "" when neither is there, and the vendor chooses.
std::string default_image(const std::vector<std::string>& images);

/// The images of all types in GET /instances/types, each once. A type whose images cannot all be read is told (the
/// first limits::rejected_told), and forbids conclusions from absence. The redactor outlives the call.
Result<Answer<Image>> read_images(std::string_view body, const Redactor& redactor, WorkLimit limit);

}  // namespace tally::shadeform
