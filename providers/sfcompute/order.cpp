#include "providers/sfcompute/order.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "cloud/limits.hpp"
#include "net/json_fields.hpp"
#include "net/json_quote.hpp"
#include "net/json_rows.hpp"
#include "providers/guest/firewall_script.hpp"
#include "providers/guest/refusal.hpp"
#include "providers/guest/user_data.hpp"
#include "providers/rest/create_attributes.hpp"
#include "providers/sfcompute/machines.hpp"
#include "runtime/ascii.hpp"
#include "runtime/base64.hpp"

namespace tally::sfcompute {
namespace {

constexpr std::array honoured = {attributes::image, attributes::firewall, attributes::user_data, attributes::tags};
constexpr std::size_t most_tags = 50;
constexpr std::size_t own_tags = 2;
constexpr std::size_t longest_value = 256;
constexpr std::size_t longest_name = 255;
constexpr std::size_t longest_user_data = 64 << 10U;
constexpr std::int32_t usual_port = 22;

/// One of GET /images.
struct Listed {
  Image image;
  std::string path;  // "sfc:image:…"; "": it has none
  bool is_public = false;
  bool is_whole = false;  // it is uploaded
  json::Findings findings;
};

Listed read_listed(const json::Fields& fields) {
  Listed listed;
  listed.image.id = fields.required_text("id");
  const std::string upload = fields.required_text("upload_status", limits::text);
  listed.is_whole = upload == "completed";
  listed.image.name = fields.text("name");
  listed.image.architecture = "unknown";
  listed.path = fields.text("resource_path");
  listed.is_public = fields.text("workspace") == "public" || listed.path.starts_with("sfc:image:sfcompute:public:");
  const auto seconds = fields.integer("created_at");
  constexpr std::int64_t last = 253'402'300'799;  // of the year 9999
  if (seconds && *seconds <= last) listed.image.created_at = Timestamp(std::chrono::seconds(*seconds));
  return listed;
}

bool has_cuda(const std::string& name) { return ascii::lower(name).find("cuda") != std::string::npos; }

/// Those that are there whole; which of them is the default, if one is. Rows that cannot be read may be any other.
struct ImageList {
  std::vector<Listed> all;
  std::vector<Rejected> rejected;
  std::optional<std::size_t> usual;
};

Result<ImageList> read_list(const std::vector<std::string>& pages, const Redactor& redactor, WorkLimit limit) {
  ImageList list;
  json::RowReader reader;
  for (const std::string& page : pages) {
    const auto rows = json::split_rows(page, "data", json::Container::list, limit);
    if (!rows) return tl::unexpected(rows.error());
    for (const json::RawRow& row : *rows) {
      if (limit.is_over()) return tl::unexpected(json::too_long_to_read());
      const auto kind = reader.parse(row.text);
      if (kind == json::RowReader::Kind::not_json) return tl::unexpected(json::bad_reply("an image is not JSON"));
      Listed listed;
      if (kind == json::RowReader::Kind::good) listed = read_listed(reader.fields());
      listed.findings = reader.findings();
      if (list.all.size() + list.rejected.size() == limits::rows_per_listing) {
        return tl::unexpected(json::bad_reply("more images than anybody has"));
      }
      if (!listed.findings.fault.empty()) {
        json::reject(list.rejected, listed.image.id, listed.findings.fault, row.text, redactor);
        continue;
      }
      if (!listed.is_whole) continue;
      const bool is_newer = !list.usual || list.all[*list.usual].image.created_at < listed.image.created_at;
      if (listed.is_public && has_cuda(listed.image.name) && is_newer) list.usual = list.all.size();
      list.all.push_back(std::move(listed));
    }
  }
  return list;
}

std::string word_for(const Listed& listed) { return listed.path.empty() ? listed.image.id : listed.path; }

/// A script, since cloud-init takes several of those, but one configuration.
std::string key_script(const std::string& public_key) {
  return fmt::format(R"sh(#!/bin/sh
# The key that this machine was ordered with, and what else comes after it.
set -e
mkdir -p /home/ubuntu/.ssh
cat >>/home/ubuntu/.ssh/authorized_keys <<'END_OF_KEY'
{}
END_OF_KEY
chmod 0700 /home/ubuntu/.ssh
chmod 0600 /home/ubuntu/.ssh/authorized_keys
chown -R ubuntu: /home/ubuntu/.ssh

)sh",
                     public_key);
}

}  // namespace

std::optional<Error> find_refusal(const CreateRequest& request, bool has_public_ipv4) {
  if (auto refusal = find_not_honoured(request, honoured)) return refusal;
  if (request.firewall != FirewallRules() && !has_public_ipv4) {
    return refused(Errc::not_implemented, "firewall_rules",
                   "cannot be had without the option public_ipv4: nothing but SSH reaches a machine");
  }
  if (auto missing = find_missing({{"ref_id", request.ref_id.empty()},
                                   {"type", request.type.empty()},
                                   {"location", request.location.empty()}})) {
    return missing;
  }
  if (request.public_key.empty())
    return refused(Errc::invalid_request, "public_key", "is missing: nobody could log in");
  if (request.tags.size() > most_tags - own_tags) {
    return refused(Errc::invalid_request, "tags", "are more than 48, which is all that fit beside tallyd's own two");
  }
  if (auto bad = find_bad_tag(request.tags, why_no_tag)) return bad;
  return std::nullopt;
}

std::string why_no_tag(const std::string& key, const std::string& value) {
  if (key.empty()) return "has no name";
  if (our_tags.has(key)) return "is tallyd's own";
  if (key.find_first_of(",=") != std::string::npos) return "must not have a comma or an equals sign in its name";
  if (value.find_first_of(",=") != std::string::npos) return "must not have a comma or an equals sign in its value";
  if (value.size() > longest_value) return "has a value of more than 256 characters";
  return "";
}

Result<Answer<Image>> read_images(const std::vector<std::string>& pages, const Redactor& redactor, WorkLimit limit) {
  Result<ImageList> list = read_list(pages, redactor, limit);
  if (!list) return tl::unexpected(list.error());
  Answer<Image> answer;
  answer.rejected = std::move(list->rejected);
  for (std::size_t i = 0; i < list->all.size(); ++i) {
    json::add_odd(answer.odd, list->all[i].image.id, list->all[i].findings);
    list->all[i].image.is_default = list->usual == i;
    answer.rows.push_back(std::make_shared<const Image>(std::move(list->all[i].image)));
  }
  return answer;
}

Result<std::string> choose_image(const std::vector<std::string>& pages, const std::string& asked,
                                 const Redactor& redactor, WorkLimit limit) {
  const Result<ImageList> list = read_list(pages, redactor, limit);
  if (!list) return tl::unexpected(list.error());
  for (const Listed& listed : list->all) {
    if (asked.empty() || (asked != listed.image.id && asked != listed.path && asked != listed.image.name)) continue;
    return word_for(listed);
  }
  if (!asked.empty()) {
    const char* why =
        list->rejected.empty() ? "is none of SF Compute's" : "is none of those of SF Compute's that can be read";
    return tl::unexpected(refused(Errc::image_not_found, "image_id", why));
  }
  if (const auto& usual = list->usual) return word_for(list->all[*usual]);
  return tl::unexpected(refused(Errc::image_not_found, "image_id", "is needed: there is no public image with CUDA"));
}

Result<std::string> choose_sku(const CreateRequest& request, const SkuTable& table, const SlotsBySku& slots) {
  bool is_sold = false;
  const std::string* maybe = nullptr;
  for (const auto& [id, name] : table.names) {
    if (name.type != request.type || name.location != request.location) continue;
    is_sold = true;
    const auto has = slots.find(id);
    const std::optional<bool> is_free = has == slots.end() ? false : has->second.has_free();
    if (is_free == true) return id;
    if (!is_free.has_value() && maybe == nullptr) maybe = &id;
  }
  if (maybe != nullptr) return *maybe;
  if (!is_sold) return tl::unexpected(refused(Errc::invalid_request, "type", "is none that SF Compute has there"));
  Error error;
  error.kind = Errc::insufficient_resources;
  error.message = "the pool has no free node of this type there now";
  return tl::unexpected(error);
}

Result<std::string> first_start(const CreateRequest& request, bool has_public_ipv4) {
  const std::string& key = request.public_key;
  if (std::any_of(key.begin(), key.end(), ascii::is_control) || key.size() > limits::public_key) {
    return tl::unexpected(refused(Errc::invalid_request, "public_key", "must be one line"));
  }
  const Result<std::string> user_data = read_user_data(request.user_data_base64);
  if (!user_data) return tl::unexpected(user_data.error());
  // A comment with a colon would be something else in YAML.
  const bool is_plain = request.public_key.find_first_of(":#") == std::string::npos;
  if (user_data->empty() && !has_public_ipv4 && is_plain) {
    return "#cloud-config\nssh_authorized_keys:\n  - " + request.public_key;
  }
  std::string script = key_script(request.public_key);
  if (has_public_ipv4) {
    const Result<std::string> firewall = firewall_script(request.firewall, {usual_port});
    if (!firewall) return tl::unexpected(firewall.error());
    script += *firewall;
  }
  return multipart_user_data(script, *user_data, longest_user_data);
}

std::string machine_name(const CreateRequest& request) {
  constexpr std::string_view marks = "._-";
  std::string name;
  for (const char c : request.name.empty() ? request.ref_id.str() : request.name) {
    const bool is_letter = ascii::is_letter_or_digit(c);
    if (name.empty() && !is_letter) continue;
    name += is_letter || marks.find(c) != std::string_view::npos ? c : '-';
  }
  name.resize(std::min(name.size(), longest_name));
  return name;
}

std::string order_body(const CreateRequest& request, const CredentialRef& credential, const Parts& parts) {
  boost::json::object tags{{our_tags.ref_id, request.ref_id.str()}, {our_tags.credential, credential.str()}};
  for (const auto& [key, value] : request.tags) tags[key] = value;
  boost::json::object order{{"pool", parts.pool},           {"image", parts.image},
                            {"instance_sku", parts.sku_id}, {"cloud_init_user_data", to_base64(parts.user_data)},
                            {"tags", std::move(tags)},      {"_preview_enable_infiniband", false}};
  if (const std::string name = machine_name(request); !name.empty()) order["name"] = name;
  if (parts.has_public_ipv4) order["enable_public_ipv4"] = true;
  return boost::json::serialize(order);
}

}  // namespace tally::sfcompute
