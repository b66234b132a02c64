#include "providers/shadeform/sale.hpp"

#include <algorithm>
#include <map>

#include "cloud/limits.hpp"
#include "net/json_fields.hpp"
#include "net/json_quote.hpp"
#include "net/json_rows.hpp"
#include "providers/shadeform/mapping.hpp"

namespace tally::shadeform {
namespace {

constexpr std::size_t images_per_type = 256;
constexpr std::size_t images_per_account = 10'000;  // more is not believable

Sale read_sale_row(const json::Fields& fields) {
  Sale sale;
  sale.cloud = fields.text("cloud", limits::id);
  sale.shade_instance_type = fields.text("shade_instance_type", limits::id);
  sale.is_container = fields.text("deployment_type") == "container";
  if (const auto configuration = fields.deciding().object("configuration")) {
    sale.images = configuration->deciding().texts("os_options", images_per_type);
  }
  for (const json::Fields& place : fields.objects("availability", limits::locations_per_account)) {
    sale.regions.push_back(place.text("region", limits::id));
  }
  return sale;
}

/// Calls `each(Sale)` for every type that can be read, and `unread(text, fault)` for one that cannot, or whose images
/// cannot all be.
template <class Each, class Unread>
Result<> for_each_sale(std::string_view body, WorkLimit& limit, Each each, Unread unread) {
  const auto rows = json::split_rows(body, "instance_types", json::Container::list, limit);
  if (!rows) return tl::unexpected(rows.error());
  json::RowReader reader;
  for (const json::RawRow& row : *rows) {
    if (limit.is_over()) return tl::unexpected(json::too_long_to_read());
    if (reader.parse(row.text) == json::RowReader::Kind::good) each(read_sale_row(reader.fields()));
    if (!reader.findings().fault.empty()) unread(row.text, reader.findings().fault);
  }
  return {};
}

}  // namespace

Result<std::optional<Sale>> read_sale(std::string_view body, const std::string& type, WorkLimit limit) {
  std::optional<Sale> found;
  bool is_one = true;
  const auto find = [&](Sale sale) {
    if (type_name(sale.cloud, sale.shade_instance_type) != type) return;
    if (found && found->cloud != sale.cloud) is_one = false;
    found = std::move(sale);
  };
  const Result<> read = for_each_sale(body, limit, find, [](std::string_view, const std::string&) {});
  if (!read) return tl::unexpected(read.error());
  if (!is_one) return tl::unexpected(json::bad_reply("several clouds have a type of this name"));
  return found;
}

std::string default_image(const std::vector<std::string>& images) {
  for (const char* system : {"ubuntu22.04", "ubuntu24.04"}) {
    const auto at = std::find_if(images.begin(), images.end(),
                                 [system](const std::string& image) { return image.starts_with(system); });
    if (at != images.end()) return *at;
  }
  return "";
}

Result<Answer<Image>> read_images(std::string_view body, const Redactor& redactor, WorkLimit limit) {
  Answer<Image> answer;
  std::map<std::string, Image> images;
  const auto add = [&images](const Sale& sale) {
    const std::string chosen = default_image(sale.images);
    for (const std::string& name : sale.images) {
      if (name.empty() || (images.size() >= images_per_account && !images.contains(name))) continue;
      Image& image = images[name];
      image.id = image.name = name;
      image.architecture = "unknown";
      image.is_default = image.is_default || name == chosen;
    }
  };
  const auto reject = [&](std::string_view text, const std::string& fault) {
    if (answer.rejected.size() == limits::rejected_told) return;
    answer.rejected.push_back({"", "a type's images: " + fault, json::quoted(text, redactor)});
  };
  const Result<> read = for_each_sale(body, limit, add, reject);
  if (!read) return tl::unexpected(read.error());
  for (auto& [name, image] : images) answer.rows.push_back(std::make_shared<const Image>(std::move(image)));
  return answer;
}

}  // namespace tally::shadeform
