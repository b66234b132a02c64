#include "providers/aws/images.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "net/json_rows.hpp"
#include "net/json_value.hpp"
#include "providers/aws/xml.hpp"

namespace tally::aws {
namespace {

/// The API's word for it in names: "amd64".
std::string_view debian_word(std::string_view architecture) { return architecture == "arm64" ? "arm64" : "amd64"; }

}  // namespace

Result<std::optional<std::string>> read_images(std::string body, const std::string& region, WorkLimit limit,
                                               ImageList& list) {
  const Result<Document> page = Document::parse(std::move(body), "DescribeImagesResponse");
  if (!page) return tl::unexpected(page.error());
  for (const pugi::xml_node row : page->rows_of("imagesSet")) {
    if (limit.is_over()) return tl::unexpected(json::too_long_to_read());
    const bool is_full = list.images.size() + list.rejected.size() >= limits::rows_per_list;
    if (is_full) return tl::unexpected(json::bad_reply("more images than anybody has"));
    json::Findings findings;
    const Fields fields(row, findings);
    ImageFacts facts;
    facts.image.id = fields.text("imageId", limits::id);
    if (facts.image.id.empty()) {
      list.rejected.push_back({"", "`imageId` is missing or no ID", ""});
      continue;
    }
    facts.image.name = fields.text("name");
    facts.image.location = region;
    facts.image.architecture = fields.text("architecture", limits::id);
    if (facts.image.architecture.empty()) facts.image.architecture = "unknown";
    facts.image.description = fields.text("description", limits::description);
    facts.image.created_at = fields.time("creationDate");
    facts.root_device = fields.text("rootDeviceName", limits::id);
    facts.is_usable = fields.text("imageState", limits::id) == "available";
    list.images.push_back(std::move(facts));
  }
  return page->next_token();
}

std::vector<std::string> default_parameters(std::string_view architecture) {
  const std::string word(debian_word(architecture));
  const std::string base = "/aws/service/canonical/ubuntu/server/";
  return {base + "22.04/stable/current/" + word + "/hvm/ebs-gp2/ami-id",
          base + "24.04/stable/current/" + word + "/hvm/ebs-gp3/ami-id"};
}

std::string parameter_body(const std::string& name) {
  return boost::json::serialize(boost::json::object{{"Name", name}});
}

Result<std::string> read_parameter(std::string_view body) {
  WorkLimit limit;
  const auto row = json::single_row(body, "Parameter", limit);
  if (!row) return tl::unexpected(row.error());
  json::Value value;
  const bool is_read = row->size() <= limits::row && json::Parser().parse(*row, value) == json::Parsed::good;
  std::string id = is_read ? value.text_of("Value") : "";
  if (!id.starts_with("ami-") || id.size() > limits::id) return tl::unexpected(json::bad_reply("it names no image"));
  return id;
}

std::string ubuntu_pattern(std::string_view architecture) {
  return "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-" + std::string(debian_word(architecture)) + "-server-*";
}

const ImageFacts* newest(const std::vector<ImageFacts>& images) {
  const ImageFacts* best = nullptr;
  for (const ImageFacts& each : images) {
    if (!each.is_usable) continue;
    if (best == nullptr || best->image.created_at < each.image.created_at) best = &each;
  }
  return best;
}

}  // namespace tally::aws
