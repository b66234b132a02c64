// Nebius's images. A create takes a family (whose newest image it is) or the ID of one. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cloud/answer.hpp"
#include "cloud/image.hpp"
#include "cloud/redactor.hpp"
#include "cloud/result.hpp"
#include "cloud/work_limit.hpp"
#include "runtime/timestamp.hpp"

namespace tally::nebius {

/// The pages of ImageService/List and /ListPublic: those that are ready and whose family is still to be had at `now`.
Result<Answer<Image>> read_images(const std::vector<std::string>& pages, const std::string& region, Timestamp now,
                                  const Redactor& redactor, WorkLimit limit);

/// What a machine of the platform has unless something else is asked for: Ubuntu, with CUDA where there are GPUs.
std::string_view default_family(std::string_view platform);

}  // namespace tally::nebius
