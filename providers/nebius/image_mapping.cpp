#include "providers/nebius/image_mapping.hpp"

#include <array>
#include <chrono>
#include <map>

#include "providers/nebius/message_list.hpp"
#include "providers/nebius/protos/compute.pb.h"
#include "providers/nebius/type_mapping.hpp"
#include "runtime/contains.hpp"

namespace tally::nebius {
namespace {

namespace compute = ::nebius::compute::v1;

constexpr std::string_view with_cuda = "ubuntu24.04-cuda13.0";
constexpr std::string_view with_cuda_on_arm = "ubuntu24.04-cuda13.0-arm64";
constexpr std::string_view without_gpus = "ubuntu24.04-driverless";

std::string stated_architecture(const compute::Image& message) {
  switch (message.spec().cpu_architecture()) {
    case compute::ImageSpec::AMD64: return "x86_64";
    case compute::ImageSpec::ARM64: return "arm64";
    default: break;
  }
  return message.spec().image_family().find("arm64") != std::string::npos ? "arm64" : "unknown";
}

/// The end of a family is announced ahead: until then it is to be had.
bool is_deprecated(const compute::ImageStatus& status, Timestamp now) {
  const auto& deprecation = status.image_family_deprecation();
  const auto second = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  return deprecation.has_deprecated_at() && deprecation.deprecated_at().seconds() <= second;
}

struct Found {
  std::string id;
  std::string family;
  Image image;
};

std::size_t size_of(const Found& found) { return tally::size_of(found.image) + found.id.size() + found.family.size(); }

Found read(const compute::Image& message, const std::string& region, Timestamp now, json::Findings& findings) {
  Found found;
  found.id = message.metadata().id();
  if (found.id.empty() || found.id.size() > limits::id) {
    findings.fault = "metadata.id is missing or no ID";
    found.id.clear();
    return found;
  }
  const bool is_ready = message.status().state() == compute::ImageStatus::READY;
  const bool is_over = is_deprecated(message.status(), now);
  if (is_ready && !is_over && message.spec().image_family().size() <= limits::id) {
    found.family = message.spec().image_family();
  }
  Image& image = found.image;
  image.id = found.id;
  image.name = message.metadata().name().size() <= limits::text ? message.metadata().name() : "";
  if (image.name.empty()) image.name = found.family;
  image.location = region;
  image.architecture = stated_architecture(message);
  image.description = message.spec().image_family_human_readable();
  if (image.description.empty()) image.description = message.spec().description();
  if (image.description.size() > limits::description) image.description.clear();
  const std::int64_t seconds = message.metadata().created_at().seconds();
  constexpr std::int64_t last_second = 253'402'300'799;  // of the year 9999
  if (seconds > 0 && seconds <= last_second) image.created_at = Timestamp(std::chrono::seconds(seconds));
  return found;
}

}  // namespace

std::string_view default_family(std::string_view platform) {
  if (!platform.starts_with("gpu-")) return without_gpus;
  return architecture_of(platform) == "arm64" ? with_cuda_on_arm : with_cuda;
}

Result<Answer<Image>> read_images(const std::vector<std::string>& pages, const std::string& region, Timestamp now,
                                  const Redactor& redactor, WorkLimit limit) {
  const auto decode = [&region, now](const compute::Image& message, json::Findings& findings) {
    return read(message, region, now, findings);
  };
  MessageList<compute::Image, Found> list(decode, redactor);
  ModelSize size;
  Result<Answer<Found>> found = list.read(pages, size, limit);
  if (!found) return tl::unexpected(found.error());
  std::map<std::string, Row<Found>> newest;
  for (const Row<Found>& each : found->rows) {
    if (each->family.empty()) continue;
    Row<Found>& best = newest[each->family];
    if (!best || best->image.created_at < each->image.created_at) best = each;
  }
  Answer<Image> answer;
  answer.rejected = std::move(found->rejected);
  answer.odd = std::move(found->odd);
  for (const Row<Found>& each : found->rows) {
    if (each->family.empty()) continue;
    Image image = each->image;
    constexpr std::array defaults = {with_cuda, with_cuda_on_arm, without_gpus};
    const bool is_of_default = contains(defaults, each->family);
    image.is_default = is_of_default && newest[each->family] == each;
    answer.rows.push_back(std::make_shared<const Image>(std::move(image)));
  }
  return answer;
}

}  // namespace tally::nebius
