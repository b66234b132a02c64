// The images of a region: the account's own, the ones that a create takes by itself, and those that are asked for by
// ID.
#include <algorithm>

#include "providers/aws/account.hpp"

namespace tally::aws {
namespace {

constexpr std::chrono::hours default_is_good_for{1};
constexpr Operation find_image{"find image"};
constexpr const char* images_of_a_page = "1000";  // not where IDs are given: AWS refuses both
constexpr const char* parameter_target = "AmazonSSM.GetParameter";

std::vector<std::string> one(std::string value) {
  std::vector<std::string> list;
  list.push_back(std::move(value));
  return list;
}

}  // namespace

Task<ImageList> AwsAccount::images_of(Operation operation, RegionPtr region, Query query) {
  ImageList list;
  const Result<> read = co_await client_.ask_pages(
      operation, region->name, std::move(query),
      [&](std::string body, WorkLimit limit) { return read_images(std::move(body), region->name, limit, list); },
      Bounded::by_reader);
  if (!read) co_return tl::unexpected(read.error());
  co_return list;
}

Task<ImageFacts> AwsAccount::image_by_id(RegionPtr region, std::string id) {
  Query query("DescribeImages");
  query.list("ImageId", one(id));
  Result<ImageList> list = co_await images_of(find_image, region, std::move(query));
  if (!list) co_return tl::unexpected(list.error());
  std::vector<ImageFacts>& images = list->images;
  const auto found =
      std::find_if(images.begin(), images.end(), [&](const ImageFacts& each) { return each.image.id == id; });
  if (found != images.end() && found->is_usable) co_return std::move(*found);
  co_return tl::unexpected(
      client_.refusal(find_image, Errc::image_not_found, "`image_id` is no image that can be used"));
}

/// AWS keeps the newest one's ID; where that cannot be read the newest that its maker lists.
Task<ImageFacts> AwsAccount::default_image(RegionPtr region, std::string architecture) {
  const TimePoint now = context_.clock.now();
  const auto known = region->default_images.find(architecture);
  if (known != region->default_images.end() && is_within(default_is_good_for, known->second.found_at, now)) {
    co_return known->second.image;
  }
  std::optional<ImageFacts> image;
  const std::vector<std::string> names = default_parameters(architecture);
  for (const std::string& name : names) {
    Call call = asking_json(Service::ssm, region->name, parameter_target, parameter_body(name));
    const Result<std::string> id = co_await client_.ask(
        find_image, std::move(call), [](const std::string& body, WorkLimit /*limit*/) { return read_parameter(body); });
    if (!id) continue;
    Result<ImageFacts> facts = co_await image_by_id(region, *id);
    if (!facts) continue;
    image = std::move(*facts);
    break;
  }
  if (!image) {
    Query query("DescribeImages");
    query.list("Owner", one(std::string(ubuntu_owner))).filter("name", one(ubuntu_pattern(architecture)));
    query.filter("state", one("available")).set("MaxResults", images_of_a_page);
    const Result<ImageList> images = co_await images_of(find_image, region, std::move(query));
    if (!images) co_return tl::unexpected(images.error());
    if (const ImageFacts* best = newest(images->images)) image = *best;
  }
  if (!image) {
    co_return tl::unexpected(client_.refusal(find_image, Errc::image_not_found,
                                             "`image_id` is needed: the region has no Ubuntu of its maker's"));
  }
  image->image.is_default = true;
  region->default_images[architecture] = {*image, now};
  co_return std::move(*image);
}

Task<ImageFacts> AwsAccount::image_for(RegionPtr region, CreateRequest request) {
  std::string wanted = request.image_id;
  if (wanted.empty()) wanted = option<std::string>(context_.credential, description(), image_option);
  std::string architecture;
  const auto shape = region->shapes->shapes.find(request.type);
  if (shape != region->shapes->shapes.end()) architecture = shape->second->type.architectures.front();
  if (architecture.empty()) {
    Result<std::string> asked = co_await architecture_of(region, request.type);
    if (!asked) co_return tl::unexpected(asked.error());
    architecture = std::move(*asked);
  }
  if (wanted.empty()) co_return co_await default_image(region, architecture);
  Result<ImageFacts> image = co_await image_by_id(region, wanted);
  const bool fits = !image || image->image.architecture == "unknown" || image->image.architecture == architecture;
  if (fits) co_return image;
  co_return tl::unexpected(
      client_.refusal(find_image, Errc::image_not_found,
                      "`image_id` is for " + image->image.architecture + ", and the type is " + architecture));
}

/// Of a type that no listing has had yet.
Task<std::string> AwsAccount::architecture_of(RegionPtr region, std::string type) {
  Query query("DescribeInstanceTypes");
  query.list("InstanceType", one(type));
  ShapeList list;
  const Result<std::optional<std::string>> read = co_await client_.ask(
      operations::list_instance_types, reading(region->name, query),
      [&](std::string body, WorkLimit limit) { return read_shapes(std::move(body), limit, list); });
  if (!read) co_return tl::unexpected(read.error());
  const auto shape = list.shapes.find(type);
  // One without GPUs is none that is listed: what most types are.
  co_return shape == list.shapes.end() ? "x86_64" : shape->second->type.architectures.front();
}

Task<Answer<Image>> AwsAccount::list_images(Scope scope, ImageQuery query) {
  const Result<RegionPtr> found = region_of(operations::list_images, scope.location);
  if (!found) co_return tl::unexpected(found.error());
  const RegionPtr& region = *found;
  Query asked("DescribeImages");
  if (!query.ids.empty()) {
    asked.filter("image-id", query.ids);
  } else {
    asked.list("Owner", query.owners.empty() ? one("self") : query.owners).set("MaxResults", images_of_a_page);
  }
  Result<ImageList> images = co_await images_of(operations::list_images, region, std::move(asked));
  if (!images) co_return tl::unexpected(images.error());
  if (query.ids.empty() && query.owners.empty()) {
    for (const char* architecture : {"x86_64", "arm64"}) {
      Result<ImageFacts> usual = co_await default_image(region, architecture);
      if (usual) images->images.push_back(std::move(*usual));
    }
  }
  Answer<Image> answer;
  answer.rejected = std::move(images->rejected);
  std::set<std::string> ids;
  for (ImageFacts& facts : images->images) {
    const bool is_default = std::any_of(region->default_images.begin(), region->default_images.end(),
                                        [&](const auto& each) { return each.second.image.image.id == facts.image.id; });
    facts.image.is_default = is_default;
    if (facts.is_usable && ids.insert(facts.image.id).second) {
      answer.rows.push_back(std::make_shared<const Image>(std::move(facts.image)));
    }
  }
  co_return answer;
}

}  // namespace tally::aws
