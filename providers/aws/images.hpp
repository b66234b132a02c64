// Machine images as DescribeImages has them, and which one a create takes that asks for none. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/answer.hpp"
#include "cloud/image.hpp"
#include "cloud/result.hpp"
#include "cloud/work_limit.hpp"

namespace tally::aws {

struct ImageFacts {
  Image image;
  std::string root_device;  // "/dev/sda1": a disk under another name would be a second one
  bool is_usable = false;   // it is not being made, nor gone
};

struct ImageList {
  std::vector<ImageFacts> images;
  std::vector<Rejected> rejected;
};

/// Adds a page's images; answers the next page's token. Error: there are over limits::rows_per_list of them.
Result<std::optional<std::string>> read_images(std::string body, const std::string& region, WorkLimit limit,
                                               ImageList& list);

/// Where AWS keeps the ID of the newest Ubuntu of an architecture ("x86_64", "arm64"): the ones to try, in order.
std::vector<std::string> default_parameters(std::string_view architecture);

std::string parameter_body(const std::string& name);
Result<std::string> read_parameter(std::string_view body);

/// The maker of Ubuntu's account, and what its images are called.
inline constexpr std::string_view ubuntu_owner = "099720109477";
std::string ubuntu_pattern(std::string_view architecture);

/// The newest of them that can be used.
const ImageFacts* newest(const std::vector<ImageFacts>& images);

}  // namespace tally::aws
