#include "providers/sfcompute/machines.hpp"

#include <limits>

#include "cloud/limits.hpp"
#include "net/json_quote.hpp"
#include "net/json_rows.hpp"
#include "providers/rest/instance_list.hpp"
#include "providers/rest/model_size.hpp"
#include "runtime/base64.hpp"

namespace tally::sfcompute {
namespace {

constexpr std::size_t host_keys_per_machine = 16;

/// The documentation calls these words open-ended: one that is not here keeps the last known state.
std::optional<LifecycleStatus> status_of(std::string_view word) {
  if (word == "awaiting_allocation") return LifecycleStatus::pending;
  if (word == "running") return LifecycleStatus::running;
  if (word == "terminated") return LifecycleStatus::terminated;
  if (word == "failed") return LifecycleStatus::failed;
  return std::nullopt;
}

/// Unix seconds; not before the first cloud, nor later than any clock is ahead.
std::optional<Timestamp> read_birth(const json::Fields& fields, Timestamp now) {
  constexpr Timestamp first_cloud{std::chrono::sys_days(std::chrono::year(2010) / 1 / 1)};
  constexpr std::int64_t last = 253'402'300'799;  // of the year 9999
  const auto seconds = fields.integer("created_at");
  if (!seconds || *seconds > last) return std::nullopt;
  const Timestamp born{std::chrono::seconds(*seconds)};
  const bool is_believable = born >= first_cloud && born <= now + std::chrono::minutes(5);
  return is_believable ? std::optional(born) : std::nullopt;
}

Machine read_row(const json::Fields& fields, LoopbackIs loopback, Timestamp now) {
  Machine machine;
  Instance& instance = machine.instance;
  instance.cloud_id = read_cloud_id(fields);
  instance.provider = instance.cloud = "sfcompute";
  instance.name = fields.text("name");
  instance.provider_status = fields.required_text("status", limits::text);
  instance.status = status_of(instance.provider_status);
  instance.ssh_user = "ubuntu";
  if (const auto image = fields.object("image")) instance.image_id = image->text("id", limits::id);
  instance.public_ip = instance.public_dns = instance_address(fields.text("public_ip"), loopback);
  if (!is_ip_address(instance.public_ip)) instance.public_ip.clear();
  instance.is_stoppable = false;
  instance.is_rebootable = false;
  instance.created_at = read_birth(fields, now);
  for (const auto& [key, value] : fields.text_map("tags", limits::tags_per_instance)) {
    add_tag(instance, our_tags, key, value);
  }
  if (const auto sku = fields.object("instance_sku")) machine.sku_id = sku->text("id", limits::id);
  machine.updated_at = fields.integer("updated_at").value_or(0);
  const bool may_run = instance.status.value_or(LifecycleStatus::running) == LifecycleStatus::running;
  if (may_run) machine.ssh_key = instance.cloud_id.str();
  return machine;
}

/// The first member that is there: the two APIs call them differently.
std::string first_text(const json::Fields& fields, std::string_view one, std::string_view other, std::size_t longest) {
  std::string text = fields.text(one, longest);
  return text.empty() ? fields.text(other, longest) : text;
}

void read_host_keys(const json::Fields& fields, std::string_view name, std::vector<std::string>& keys) {
  for (const json::Fields& key : fields.objects(name, host_keys_per_machine)) {
    const std::string type = key.text("key_type", limits::id);
    const std::string blob = first_text(key, "key", "base64_encoded_key", limits::description);
    if (!type.empty() && type.find(' ') == std::string::npos && !blob.empty() && from_base64(blob)) {
      keys.emplace_back(type).append(" ").append(blob);
    }
  }
}

}  // namespace

Result<Machines> MachineList::read(const std::vector<std::string>& pages, Timestamp now, WorkLimit limit) {
  RowReading<Entry> reading(memo_, "an instance", limit);
  Machines machines;
  const auto decode = [&](const json::RawRow& /*raw*/, json::RowReader& row, bool is_object) {
    Entry entry;
    if (is_object) {
      Machine machine = read_row(row.fields(), loopback_, now);
      machine.findings = row.findings();
      entry.size = 2 * size_of(machine.instance) + size_of(machine.findings);
      entry.machine = std::make_shared<const Machine>(std::move(machine));
    }
    entry.fault = row.findings().fault;
    return entry;
  };
  const auto add = [&](const json::RawRow& raw, const Entry& entry) {
    if (entry.fault.empty()) {
      machines.all.push_back(entry.machine);
    } else {
      json::reject(machines.rejected, entry.machine ? entry.machine->instance.cloud_id.str() : "", entry.fault,
                   raw.text, redactor_);
    }
    return Result<>();
  };
  for (const std::string& page : pages) {
    const Result<> read = reading.each(json::split_rows(page, "data", json::Container::list, limit), decode, add);
    if (!read) return tl::unexpected(read.error());
    if (machines.all.size() + machines.rejected.size() > limits::rows_per_listing) {
      return tl::unexpected(json::bad_reply("more instances than anybody has"));
    }
  }
  reading.finish();
  return machines;
}

Result<Machine> read_machine(std::string_view body, LoopbackIs loopback, const std::optional<CloudId>& asked,
                             Timestamp now) {
  const auto text = json::whole_row(body);
  if (!text) return tl::unexpected(text.error());
  json::RowReader row;
  if (row.parse(*text) != json::RowReader::Kind::good) {
    return tl::unexpected(json::bad_reply("the instance is " + row.findings().fault));
  }
  Machine machine = read_row(row.fields(), loopback, now);
  if (!row.findings().fault.empty()) return tl::unexpected(json::bad_reply(row.findings().fault));
  const CloudId& id = machine.instance.cloud_id;
  if (const Result<> is_its = check_asked(id, asked.value_or(id)); !is_its) return tl::unexpected(is_its.error());
  return machine;
}

Result<std::map<std::string, std::string>> read_all_tags(std::string_view body, const CloudId& asked) {
  const auto text = json::whole_row(body);
  if (!text) return tl::unexpected(text.error());
  json::RowReader row;
  if (row.parse(*text) != json::RowReader::Kind::good) {
    return tl::unexpected(json::bad_reply("the instance is " + row.findings().fault));
  }
  const CloudId id = read_cloud_id(row.fields());
  auto tags = row.fields().deciding().text_map("tags", limits::tags_per_instance);
  if (!row.findings().fault.empty()) return tl::unexpected(json::bad_reply(row.findings().fault));
  if (const Result<> is_its = check_asked(id, asked); !is_its) return tl::unexpected(is_its.error());
  return tags;
}

Result<SshPlace> read_ssh_place(std::string_view body, LoopbackIs loopback) {
  const auto text = json::whole_row(body);
  if (!text) return tl::unexpected(text.error());
  json::RowReader row;
  if (row.parse(*text) != json::RowReader::Kind::good) {
    return tl::unexpected(json::bad_reply("where SSH reaches it is " + row.findings().fault));
  }
  const json::Fields fields = row.fields();
  SshPlace place;
  place.host = instance_address(first_text(fields, "hostname", "ssh_hostname", limits::text), loopback);
  for (const char* name : {"port", "ssh_port"}) {
    const auto port = fields.int32(name, 1);
    if (port && *port <= std::numeric_limits<std::uint16_t>::max()) place.port = port;
  }
  for (const char* name : {"host_keys", "ssh_host_keys"}) read_host_keys(fields, name, place.host_keys);
  if (place.host.empty()) return tl::unexpected(json::bad_reply("it does not say where SSH reaches the instance"));
  return place;
}

Instance whole_instance(const Machine& machine, const SkuTable& skus, const SshPlace* place) {
  Instance instance = machine.instance;
  if (const auto name = skus.names.find(machine.sku_id); name != skus.names.end()) {
    instance.type = name->second.type;
    instance.location = name->second.location;
    instance.instance_type_id = name->second.type_id();
  }
  const auto sku = skus.skus.find(machine.sku_id);
  if (sku != skus.skus.end() && !sku->second.type.storage.empty()) {
    instance.disk_size = sku->second.type.storage.front().size;
  }
  if (place != nullptr) {
    instance.public_dns = place->host;
    instance.public_ip = is_ip_address(place->host) ? place->host : "";
    instance.ssh_port = place->port;
    instance.attributes.edit().host_keys = place->host_keys;
  }
  return instance;
}

}  // namespace tally::sfcompute
