#include <algorithm>

#include "net/json_rows.hpp"
#include "providers/lambda/instance_name.hpp"
#include "providers/lambda/mapping.hpp"
#include "providers/lambda/rulesets.hpp"

namespace tally::lambda {
namespace {

struct Status {
  std::optional<LifecycleStatus> status;
  std::string message;
};

/// Lambda's status words; one that is not here has no meaning for us and keeps the last known state.
Status status_of(const std::string& word) {
  if (word == "booting") return {LifecycleStatus::pending, ""};
  if (word == "active") return {LifecycleStatus::running, ""};
  if (word == "unhealthy") return {LifecycleStatus::running, "unhealthy"};
  if (word == "terminating") return {LifecycleStatus::terminating, ""};
  if (word == "terminated") return {LifecycleStatus::terminated, ""};
  if (word == "error") return {LifecycleStatus::failed, ""};                   // in no published schema
  if (word == "preempted") return {LifecycleStatus::terminated, "preempted"};  // meaning not confirmed by the vendor
  return {};
}

/// Whose it is: the name that we give carries credential and time, the SSH key's name the RefID. Launch tags say the
/// same where the server keeps them.
void read_metadata(const json::Fields& fields, Instance& instance) {
  for (const json::Fields& tag : fields.objects("tags", limits::tags_per_instance)) {
    if (std::string key = tag.text("key"); !key.empty()) instance.tags[std::move(key)] = tag.text("value");
  }
  const std::vector<std::string> keys = fields.texts("ssh_key_names", limits::tags_per_instance);
  if (const auto name = parse_instance_name(instance.name)) {
    instance.cloud_cred_ref_id = name->credential;
    instance.created_at = name->created_at;
    if (!keys.empty()) instance.ref_id = RefId(keys.front());
  }
  const auto credential = instance.tags.find("cloud-cred-ref-id");
  const auto ref = instance.tags.find("ref-id");
  const bool is_named = !instance.cloud_cred_ref_id.empty();
  if (!is_named && credential != instance.tags.end()) instance.cloud_cred_ref_id = CredentialRef(credential->second);
  if (instance.ref_id.empty() && ref != instance.tags.end()) instance.ref_id = RefId(ref->second);
}

void read_type(const json::Fields& fields, Instance& instance) {
  const auto type = fields.deciding().object("instance_type");
  if (!type) return;
  instance.type = type->deciding().text("name", limits::id);
  instance.price = type->price_in_cents("price_cents_per_hour");
  const auto specs = type->object("specs");
  if (specs) instance.disk_size = specs->bytes("storage_gib", ByteUnit::gibibyte);
  if (instance.disk_size) instance.attributes.edit().volume_type = "ssd";
}

Instance read_fields(const json::Fields& fields, const OpenPorts& open, LoopbackIs loopback) {
  Instance instance;
  instance.cloud_id = read_cloud_id(fields);
  instance.provider = instance.cloud = "lambda-labs";
  instance.name = fields.text("name");
  instance.provider_status = fields.deciding().text("status");
  Status status = status_of(instance.provider_status);
  instance.status = status.status;
  instance.status_message = std::move(status.message);
  if (const auto region = fields.deciding().object("region")) {
    instance.location = region->deciding().text("name", limits::id);
  }
  read_type(fields, instance);
  if (!instance.location.empty() && !instance.type.empty()) {
    instance.instance_type_id = make_instance_type_id(instance);
  }
  instance.public_dns = instance_address(fields.text("ip"), loopback);
  if (is_ip_address(instance.public_dns)) instance.public_ip = instance.public_dns;
  instance.private_ip = instance_address(fields.text("private_ip"), loopback);
  instance.hostname = fields.text("hostname");
  instance.ssh_user = "ubuntu";
  instance.ssh_port = 22;
  if (has_rulesets(instance.location)) instance.attributes.edit().firewall_open = *open;
  instance.is_stoppable = false;
  instance.is_rebootable = true;
  read_metadata(fields, instance);
  return instance;
}

InstanceMapping instance_mapping(OpenPorts open) {
  return {"data", [open = std::move(open)](const json::Fields& fields, LoopbackIs loopback) {
            return read_fields(fields, open, loopback);
          }};
}

}  // namespace

Result<Answer<Instance>> InstanceReader::read(std::string body, const OpenPorts& open, Timestamp now, WorkLimit limit) {
  if (!rows_ || open != open_) {
    open_ = open;
    rows_.emplace(instance_mapping(open), loopback_, redactor_);
  }
  return rows_->read(std::move(body), now, limit);
}

Result<Instance> read_instance(const std::string& body, const OpenPorts& open, LoopbackIs loopback,
                               const CloudId& asked, Timestamp now, WorkLimit limit) {
  const auto row = json::single_row(body, "data", limit);
  if (!row) return tl::unexpected(row.error());
  return read_one_instance(*row, instance_mapping(open), loopback, asked, now);
}

}  // namespace tally::lambda
