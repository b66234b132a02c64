#include <array>
#include <utility>

#include "cloud/credential.hpp"
#include "net/json_rows.hpp"
#include "providers/verda/mapping.hpp"

namespace tally::verda {
namespace {

constexpr std::int32_t usual_ssh_port = 22;

/// Verda's status words, exactly. One that is not here keeps the last known state; so does "unknown", which is the
/// vendor's word for not knowing it.
std::optional<LifecycleStatus> status_of(std::string_view word) {
  using enum LifecycleStatus;
  constexpr std::array<std::pair<std::string_view, LifecycleStatus>, 17> words = {{{"new", pending},
                                                                                   {"ordered", pending},
                                                                                   {"provisioning", pending},
                                                                                   {"validating", pending},
                                                                                   {"pending", pending},
                                                                                   {"running", running},
                                                                                   {"offline", stopped},
                                                                                   {"deleting", terminating},
                                                                                   {"discontinued", terminated},
                                                                                   {"notfound", terminated},
                                                                                   {"error", failed},
                                                                                   {"no_capacity", failed},
                                                                                   {"installation_failed", failed},
                                                                                   // Not in use any more.
                                                                                   {"starting_hibernation", suspending},
                                                                                   {"hibernating", suspended},
                                                                                   {"hibernated", suspended},
                                                                                   {"restoring", pending}}};
  for (const auto& [name, status] : words) {
    if (name == word) return status;
  }
  return std::nullopt;
}

/// Texts of users may have underscores, too: only this credential's own end counts.
void read_description(const json::Fields& fields, const Owner& owner, Instance& instance) {
  const std::string description = fields.text("description", limits::description);
  const std::size_t mark = description.rfind('_');
  if (mark == std::string::npos || mark == 0 || description.substr(mark + 1) != owner.credential.str()) return;
  instance.ref_id = RefId(description.substr(0, mark));
  instance.cloud_cred_ref_id = owner.credential;
}

void read_tags(const json::Fields& fields, const Owner& owner, Instance& instance) {
  for (const json::Fields& tag : fields.objects("tags", limits::tags_per_instance)) {
    const std::string key = tag.text("key");
    const std::string value = tag.text("value");
    if (!key.empty()) add_tag(instance, our_tags, key, value);
  }
  if (instance.ref_id.empty() && instance.cloud_cred_ref_id.empty()) read_description(fields, owner, instance);
}

Instance read_row(const json::Fields& fields, const Owner& owner, LoopbackIs loopback) {
  Instance instance;
  instance.cloud_id = read_cloud_id(fields);
  instance.provider = instance.cloud = "verda";
  instance.name = instance.hostname = fields.text("hostname");
  instance.provider_status = fields.required_text("status");
  instance.status = status_of(instance.provider_status);
  instance.location = fields.required_text("location");
  instance.type = fields.required_text("instance_type");
  instance.instance_type_id = make_instance_type_id(instance);
  instance.public_ip = instance.public_dns = instance_address(fields.text("ip"), loopback);
  instance.ssh_user = owner.ssh_user;
  instance.ssh_port = usual_ssh_port;
  instance.image_id = fields.text("image", limits::id);
  instance.is_stoppable = true;
  instance.is_rebootable = false;
  instance.is_spot = fields.flag("is_spot").value_or(false);
  instance.price = fields.price("price_per_hour");  // what currency, is not stated: not confirmed that it is always USD
  instance.created_at = fields.time("created_at");
  read_tags(fields, owner, instance);
  return instance;
}

void read_all_tags(const json::Fields& fields, std::map<std::string, MachineParts::Tag>& tags) {
  for (const json::Fields& tag : fields.objects("tags", limits::tags_per_instance)) {
    const json::Fields deciding = tag.deciding();
    tags[deciding.text("key")] = {deciding.text("id", limits::id), deciding.text("value")};
  }
}

}  // namespace

InstanceMapping instance_mapping(Owner owner) {
  return {"", [owner = std::move(owner)](const json::Fields& fields, LoopbackIs loopback) {
            return read_row(fields, owner, loopback);
          }};
}

std::string description_of(const RefId& ref, const CredentialRef& credential) {
  return ref.str() + "_" + credential.str();
}

Result<Instance> read_instance(std::string_view body, const Owner& owner, LoopbackIs loopback, const CloudId& asked,
                               Timestamp now) {
  const auto row = json::whole_row(body);
  if (!row) return tl::unexpected(row.error());
  return read_one_instance(*row, instance_mapping(owner), loopback, asked, now);
}

Result<MachineParts> read_parts(std::string_view body, const CloudId& asked, Tags tags) {
  const auto text = json::whole_row(body);
  if (!text) return tl::unexpected(text.error());
  json::RowReader row;
  if (row.parse(*text) != json::RowReader::Kind::good) {
    return tl::unexpected(json::bad_reply("the instance is " + row.findings().fault));
  }
  const json::Fields fields = row.fields().deciding();
  if (const Result<> is_its = check_asked(read_cloud_id(fields), asked); !is_its) return tl::unexpected(is_its.error());
  MachineParts parts;
  parts.os_volume_id = fields.text("os_volume_id", limits::id);
  parts.image = fields.text("image", limits::id);
  if (tags == Tags::wanted) read_all_tags(fields, parts.tags);
  if (!row.findings().fault.empty()) return tl::unexpected(json::bad_reply(row.findings().fault));
  return parts;
}

RowForm<Image> image_form() {
  return {"", [](const json::Fields& fields) {
            Image image;
            image.id = fields.required_text("image_type");
            image.name = fields.text("name");
            image.architecture = "unknown";
            image.description = fields.text("category");
            image.is_default = fields.flag("is_default").value_or(false);
            return image;
          }};
}

}  // namespace tally::verda
