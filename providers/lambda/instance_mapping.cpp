#include <algorithm>

#include "net/json.hpp"
#include "providers/lambda/instance_name.hpp"
#include "providers/lambda/mapping.hpp"

namespace tally::lambda {
namespace {

// Values that open the machine to whoever reads them.
const std::vector<std::string_view> secret_keys = {"jupyter_token", "jupyter_url", "private_key"};

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
  for (const json::Fields& tag : fields.objects("tags")) instance.tags[tag.text("key")] = tag.text("value");
  const std::vector<std::string> keys = fields.texts("ssh_key_names");
  if (const auto name = parse_instance_name(instance.name)) {
    instance.cloud_cred_ref_id = name->credential;
    instance.created_at = name->created_at;
    if (!keys.empty()) instance.ref_id = RefId(keys.front());
    return;
  }
  const auto credential = instance.tags.find("cloud-cred-ref-id");
  const auto ref = instance.tags.find("ref-id");
  if (credential != instance.tags.end()) instance.cloud_cred_ref_id = CredentialRef(credential->second);
  if (ref != instance.tags.end()) instance.ref_id = RefId(ref->second);
}

void read_type(const json::Fields& fields, Instance& instance) {
  const auto type = fields.object("instance_type");
  if (!type) return;
  instance.type = type->text("name");
  const auto cents = type->integer("price_cents_per_hour", std::numeric_limits<std::int64_t>::min());
  if (cents && *cents > 0) instance.price = Money::from_cents(*cents);
  const auto specs = type->object("specs");
  const auto storage = specs ? specs->integer("storage_gib") : std::nullopt;
  if (!storage) return;
  instance.disk_size = Bytes::of(*storage, ByteUnit::gibibyte);
  instance.attributes.volume_type = "ssd";
}

Instance read_fields(const json::Fields& fields) {
  Instance instance;
  instance.cloud_id = read_cloud_id(fields);
  instance.provider = instance.cloud = "lambda-labs";
  instance.name = fields.text("name");
  instance.provider_status = fields.text("status");
  Status status = status_of(instance.provider_status);
  instance.status = status.status;
  instance.status_message = std::move(status.message);
  if (const auto region = fields.object("region")) instance.location = region->text("name");
  read_type(fields, instance);
  if (!instance.location.empty() && !instance.type.empty()) {
    instance.instance_type_id = make_instance_type_id(instance);
  }
  instance.public_ip = instance.public_dns = fields.text("ip");
  instance.private_ip = fields.text("private_ip");
  instance.hostname = fields.text("hostname");
  instance.ssh_user = "ubuntu";
  instance.ssh_port = 22;
  instance.is_stoppable = false;
  instance.is_rebootable = true;
  read_metadata(fields, instance);
  return instance;
}

}  // namespace

InstanceList instance_list() { return {"data", read_fields, secret_keys}; }

Result<Instance> read_instance(std::string body, const CloudId& asked) {
  const auto raw = json::single_row(body, "data");
  if (!raw) return tl::unexpected(raw.error());
  return read_one_instance(raw->text, read_fields, asked);
}

}  // namespace tally::lambda
