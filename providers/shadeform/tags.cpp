#include "providers/shadeform/tags.hpp"

#include "cloud/limits.hpp"
#include "net/json_fields.hpp"
#include "net/json_rows.hpp"
#include "providers/rest/instance_list.hpp"

namespace tally::shadeform {
namespace {

std::string tag_text(std::string_view key, std::string_view value) {
  return std::string(key).append("=").append(value);
}

}  // namespace

std::string why_no_tag(const std::string& key, const std::string& /*value*/) {
  if (key.empty()) return "has no name";
  if (key.find('=') != std::string::npos) return "must not have an equals sign in its name";
  if (our_tags.has(key)) return "is tallyd's own";
  return "";
}

std::vector<std::string> tags_to_write(const RefId& ref, const CredentialRef& credential,
                                       const std::map<std::string, std::string>& tags) {
  std::vector<std::string> texts = {tag_text(our_tags.ref_id, ref.str()),
                                    tag_text(our_tags.credential, credential.str())};
  for (const auto& [key, value] : tags) texts.push_back(tag_text(key, value));
  return texts;
}

Result<std::vector<std::string>> read_tag_texts(std::string_view body, const CloudId& asked) {
  json::RowReader reader;
  if (reader.parse(body) == json::RowReader::Kind::not_json) {
    return tl::unexpected(json::bad_reply("the instance is not JSON"));
  }
  std::vector<std::string> texts;
  if (reader.findings().fault.empty()) {
    const json::Fields fields = reader.fields().deciding();
    if (const Result<> is_its = check_asked(read_cloud_id(fields), asked); !is_its) {
      return tl::unexpected(is_its.error());
    }
    texts = fields.texts("tags", limits::tags_per_instance);
  }
  if (!reader.findings().fault.empty()) return tl::unexpected(json::bad_reply(reader.findings().fault));
  return texts;
}

std::vector<std::string> changed_tags(std::vector<std::string> texts, const TagChanges& changes) {
  std::erase_if(texts,
                [&changes](const std::string& text) { return changes.contains(text.substr(0, text.find('='))); });
  for (const auto& [key, value] : changes) {
    if (value) texts.push_back(tag_text(key, *value));
  }
  return texts;
}

}  // namespace tally::shadeform
