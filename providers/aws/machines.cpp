#include "providers/aws/machines.hpp"

#include <algorithm>
#include <array>

#include "net/json_rows.hpp"
#include "providers/aws/xml.hpp"
#include "providers/rest/model_size.hpp"
#include "runtime/ascii.hpp"
#include "runtime/contains.hpp"
#include "runtime/text.hpp"

namespace tally::aws {
namespace {

/// Of machines that never came to run, in the vendor's documentation of launch failures.
constexpr std::array launch_failures = {"Server.InsufficientInstanceCapacity", "Server.InternalError",
                                        "Client.VolumeLimitExceeded", "Client.InvalidSnapshot.NotFound",
                                        "Client.InternalError"};
constexpr std::string_view hibernation = "Client.UserInitiatedHibernate";

std::optional<LifecycleStatus> status_of(const std::string& word, const std::string& reason) {
  const bool is_hibernation = reason == hibernation;
  if (word == "pending") return LifecycleStatus::pending;
  if (word == "running") return LifecycleStatus::running;
  if (word == "stopping") return is_hibernation ? LifecycleStatus::suspending : LifecycleStatus::stopping;
  if (word == "stopped") return is_hibernation ? LifecycleStatus::suspended : LifecycleStatus::stopped;
  if (word == "shutting-down") return LifecycleStatus::terminating;
  if (word != "terminated") return std::nullopt;
  const bool never_ran = contains(launch_failures, reason);
  return never_ran ? LifecycleStatus::failed : LifecycleStatus::terminated;
}

void read_tags(const Fields& fields, Instance& instance) {
  for (const Fields& tag : fields.items("tagSet", limits::tags_per_instance)) {
    const std::string key = tag.text("key");
    if (!key.empty()) instance.tags[key] = tag.text("value");
  }
  const auto tag = [&](std::string_view key) {
    const auto at = instance.tags.find(std::string(key));
    return at == instance.tags.end() ? std::string() : at->second;
  };
  instance.name = tag(own_tags::name);
  instance.ref_id = RefId(tag(own_tags::ref_id));
  instance.cloud_cred_ref_id = CredentialRef(tag(own_tags::credential));
}

bool is_id(std::string_view id) {
  return !id.empty() &&
         std::all_of(id.begin(), id.end(), [](char c) { return c == '-' || ascii::is_letter_or_digit(c); });
}

/// When it was made: each start gives it a new time of launch, its first disk keeps the one of its attachment.
void read_disks(const Fields& fields, Machine& machine, Instance& instance) {
  machine.root_device = fields.text("rootDeviceName", limits::id);
  instance.created_at = fields.time("launchTime");
  for (const Fields& disk : fields.items("blockDeviceMapping", limits::parts_per_type)) {
    if (disk.text("deviceName", limits::id) != machine.root_device) continue;
    machine.root_volume = disk.text("ebs/volumeId", limits::id);
    const auto attached = disk.time("ebs/attachTime");
    if (attached && (!instance.created_at || *attached < *instance.created_at)) instance.created_at = attached;
  }
}

/// Two of a core where nothing is said.
std::int64_t read_vcpus(const Fields& fields) {
  return fields.integer("cpuOptions/coreCount").value_or(0) * fields.integer("cpuOptions/threadsPerCore").value_or(2);
}

/// The machine's are those of its first interface; who tells them in one place only means both.
std::vector<SecurityGroup> read_groups(const Fields& fields) {
  std::vector<SecurityGroup> groups;
  const auto take = [&groups](const Fields& from) {
    for (const Fields& group : from.items("groupSet", limits::parts_per_type)) {
      groups.push_back({group.text("groupId", limits::id), group.text("groupName", limits::id)});
    }
  };
  take(fields);
  const auto interfaces = fields.items("networkInterfaceSet", limits::parts_per_type);
  if (groups.empty() && !interfaces.empty()) take(interfaces.front());
  return groups;
}

Machine read_machine(const Fields& fields, const MachinePlace& place, Timestamp now) {
  Machine machine;
  Instance instance;
  const std::string id = fields.deciding().text("instanceId", limits::id);
  if (!is_id(id)) fields.deciding().report("instanceId", "is missing or no ID");
  instance.cloud_id = CloudId(id);
  instance.provider = instance.cloud = "aws";
  instance.provider_status = fields.deciding().text("instanceState/name", limits::id);
  if (instance.provider_status.empty()) fields.deciding().report("instanceState/name", "is missing");
  instance.status = status_of(instance.provider_status, fields.text("stateReason/code", limits::id));
  instance.status_message = fields.text("stateReason/message");
  if (instance.status_message.empty()) instance.status_message = fields.text("reason");
  instance.location = place.region;
  instance.sub_location = fields.text("placement/availabilityZone", limits::id);
  instance.type = fields.deciding().text("instanceType", limits::id);
  if (instance.type.empty()) fields.deciding().report("instanceType", "is missing");
  instance.instance_type_id = make_instance_type_id(instance);
  instance.public_ip = instance_address(fields.text("ipAddress"), place.loopback);
  if (instance.public_ip.empty()) instance.public_ip = instance_address(fields.text("ipv6Address"), place.loopback);
  instance.public_dns = instance_address(fields.text("dnsName"), place.loopback);
  instance.private_ip = instance_address(fields.text("privateIpAddress"), place.loopback);
  instance.hostname = fields.text("privateDnsName");
  instance.ssh_user = place.ssh_user;
  instance.image_id = fields.text("imageId", limits::id);
  instance.is_spot = fields.text("instanceLifecycle", limits::id) == "spot";
  // What AWS takes back when it likes cannot be stopped and kept.
  instance.is_stoppable = fields.text("rootDeviceType", limits::id) != "instance-store" && !instance.is_spot;
  instance.is_rebootable = true;
  InstanceAttributes& attributes = instance.attributes.edit();
  attributes.vpc_id = fields.text("vpcId", limits::id);
  attributes.subnet_id = fields.text("subnetId", limits::id);
  read_tags(fields, instance);
  read_disks(fields, machine, instance);
  if (instance.created_at && *instance.created_at > now + std::chrono::minutes(5)) instance.created_at.reset();
  machine.groups = read_groups(fields);
  machine.client_token = fields.text("clientToken", limits::id);
  machine.vcpus = read_vcpus(fields);
  machine.instance = std::make_shared<const Instance>(std::move(instance));
  return machine;
}

void take_machine(pugi::xml_node row, const MachinePlace& place, Timestamp now, const Redactor& redactor,
                  MachinePage& page) {
  json::Findings findings;
  Machine machine = read_machine(Fields(row, findings), place, now);
  const std::string& id = machine.instance->cloud_id.str();
  if (findings.fault.empty() && redactor.holds_secret(id)) findings.fault = "its ID holds a secret";
  if (!findings.fault.empty()) {
    page.size += limits::id + findings.fault.size();
    page.rejected.push_back({redactor.holds_secret(id) ? "" : id, findings.fault, ""});
    return;
  }
  json::add_odd(page.odd, id, findings);
  page.size += size_of(*machine.instance) + size_of(findings);
  page.machines.push_back(std::move(machine));
}

}  // namespace

Result<MachinePage> read_machines(std::string body, std::string_view root, const MachinePlace& place, Timestamp now,
                                  const Redactor& redactor, WorkLimit limit) {
  const Result<Document> document = Document::parse(std::move(body), root);
  if (!document) return tl::unexpected(document.error());
  MachinePage page;
  std::vector<pugi::xml_node> rows = document->rows_of("instancesSet");
  for (const pugi::xml_node reservation : document->rows_of("reservationSet")) {
    for (const pugi::xml_node row : child_of(reservation, "instancesSet").children()) rows.push_back(row);
  }
  if (rows.size() > limits::rows_per_listing) return tl::unexpected(json::bad_reply("more machines than anybody has"));
  for (const pugi::xml_node row : rows) {
    if (limit.is_over()) return tl::unexpected(json::too_long_to_read());
    take_machine(row, place, now, redactor, page);
    if (page.size > limits::answer_model) return tl::unexpected(too_much_to_hold());
  }
  Result<std::optional<std::string>> next = document->next_token();
  if (!next) return tl::unexpected(next.error());
  page.next = std::move(*next);
  return page;
}

std::string_view without_request_id(std::string& body) {
  constexpr std::string_view begin = "<requestId>";
  constexpr std::string_view end = "</requestId>";
  const std::size_t at = body.find(begin);
  const std::size_t past = at == std::string::npos ? at : body.find(end, at);
  if (past != std::string::npos) body.erase(at, past + end.size() - at);
  return body;
}

Result<std::optional<std::string>> read_volumes(std::string body, WorkLimit limit, Volumes& volumes) {
  const Result<Document> page = Document::parse(std::move(body), "DescribeVolumesResponse");
  if (!page) return tl::unexpected(page.error());
  for (const pugi::xml_node row : page->rows_of("volumeSet")) {
    if (limit.is_over()) return tl::unexpected(json::too_long_to_read());
    json::Findings findings;
    const Fields fields(row, findings);
    const std::string id = fields.text("volumeId", limits::id);
    const auto gib = fields.integer("size");
    const auto size = gib ? Bytes::of(*gib, ByteUnit::gibibyte) : std::nullopt;
    if (!id.empty() && size) volumes.insert_or_assign(id, Volume{*size, fields.text("volumeType", limits::id)});
  }
  return page->next_token();
}

bool counts_for_limit(const Instance& instance) {
  return instance.status == LifecycleStatus::pending || instance.status == LifecycleStatus::running;
}

}  // namespace tally::aws
