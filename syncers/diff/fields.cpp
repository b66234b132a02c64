#include "syncers/diff/fields.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "cloud/limits.hpp"
#include "runtime/text.hpp"
#include "store/json_columns.hpp"

namespace tally {
namespace json = boost::json;
namespace {

using Text = std::optional<std::string>;

Text text_of(const std::string& value) { return value.empty() ? Text() : Text(value); }
template <class Tag>
Text text_of(const Id<Tag>& value) {
  return text_of(value.str());
}
Text text_of(bool value) { return value ? "1" : "0"; }
Text text_of(std::int32_t value) { return std::to_string(value); }
Text text_of(Bytes value) { return std::to_string(value.count()); }
Text text_of(AvailabilityReason value) { return std::string(to_string(value)); }
template <class T>
Text text_of(const std::optional<T>& value) {
  return value ? text_of(*value) : Text();
}

Text nanos_of(const std::optional<Money>& amount) { return amount ? Text(std::to_string(amount->nanos)) : Text(); }
Text currency_of(const std::optional<Money>& amount) {
  return amount ? Text(std::string(amount->currency.code())) : Text();
}

/// Collects the differences of two rows, one comparison a field.
class FieldComparison {
 public:
  template <class T>
  void field(const char* name, const T& before, const T& after) {
    if (before != after) add(name, text_of(before), text_of(after));
  }
  template <class T>
  void json_field(const char* name, const T& before, const T& after) {
    if (before != after) add(name, to_json_text(before), to_json_text(after));
  }
  /// `usage`: "" or ":spot", after the names of the columns.
  void money(const std::string& usage, const std::optional<Money>& before, const std::optional<Money>& after) {
    if (nanos_of(before) != nanos_of(after)) add("price_nanos" + usage, nanos_of(before), nanos_of(after));
    if (currency_of(before) != currency_of(after)) add("currency" + usage, currency_of(before), currency_of(after));
  }
  std::vector<FieldChange> take() && { return std::move(changes_); }

 private:
  // A vendor decides how long a value is, and how often it changes.
  static void shorten(Text& value) {
    if (value && value->size() > limits::text) value = std::string(cut(*value, limits::text)) + "...";
  }
  void add(std::string name, Text before, Text after) {
    shorten(before);
    shorten(after);
    changes_.push_back(FieldChange{std::move(name), std::move(before), std::move(after)});
  }
  std::vector<FieldChange> changes_;
};

std::string suffix_of(UsageClass usage) {
  return usage == UsageClass::on_demand ? std::string() : ":" + std::string(to_string(usage));
}

std::optional<Money> amount_of(const InstanceType& type, UsageClass usage) {
  const Price* price = find_price(type, usage);
  return price == nullptr ? std::nullopt : price->amount;
}

json::value value_of(const Text& text) { return text ? json::value(*text) : json::value(nullptr); }
json::value value_of(const std::optional<Money>& amount) {
  return amount ? json::value(amount->nanos) : json::value(nullptr);
}
json::value value_of(const std::optional<bool>& flag) {
  return flag ? json::value(*flag ? 1 : 0) : json::value(nullptr);
}

}  // namespace

std::string price_field(UsageClass usage) { return "price_nanos" + suffix_of(usage); }

std::vector<FieldChange> changed_fields(const InstanceType& before, const InstanceType& after) {
  FieldComparison compare;
  compare.field("is_available", before.is_available, after.is_available);
  compare.field("availability_reason", before.availability_reason, after.availability_reason);
  for (const UsageClass usage : {UsageClass::on_demand, UsageClass::spot}) {
    compare.money(suffix_of(usage), amount_of(before, usage), amount_of(after, usage));
  }
  compare.json_field("available_azs", before.available_azs, after.available_azs);
  compare.field("vcpu", before.vcpu, after.vcpu);
  compare.field("memory_bytes", before.memory, after.memory);
  compare.json_field("architectures", before.architectures, after.architectures);
  compare.json_field("gpus", before.gpus, after.gpus);
  compare.json_field("storage", before.storage, after.storage);
  compare.field("is_stoppable", before.is_stoppable, after.is_stoppable);
  compare.field("is_rebootable", before.is_rebootable, after.is_rebootable);
  compare.json_field("attributes", before.attributes, after.attributes);
  return std::move(compare).take();
}

std::vector<FieldChange> changed_fields(const Instance& before, const Instance& after) {
  FieldComparison compare;
  compare.field("public_ip", before.public_ip, after.public_ip);
  compare.field("public_dns", before.public_dns, after.public_dns);
  compare.field("private_ip", before.private_ip, after.private_ip);
  compare.field("hostname", before.hostname, after.hostname);
  compare.field("ssh_user", before.ssh_user, after.ssh_user);
  compare.field("ssh_port", before.ssh_port, after.ssh_port);
  compare.money("", before.price, after.price);
  compare.field("instance_type_id", before.instance_type_id, after.instance_type_id);
  compare.field("type", before.type, after.type);
  compare.field("location", before.location, after.location);
  compare.field("sub_location", before.sub_location, after.sub_location);
  compare.field("ref_id", before.ref_id, after.ref_id);
  compare.field("cloud_cred_ref_id", before.cloud_cred_ref_id, after.cloud_cred_ref_id);
  compare.field("name", before.name, after.name);
  compare.field("provider_status", before.provider_status, after.provider_status);
  compare.field("status_message", before.status_message, after.status_message);
  compare.field("image_id", before.image_id, after.image_id);
  compare.field("disk_size_bytes", before.disk_size, after.disk_size);
  compare.field("is_stoppable", before.is_stoppable, after.is_stoppable);
  compare.field("is_rebootable", before.is_rebootable, after.is_rebootable);
  compare.json_field("tags", before.tags, after.tags);
  compare.json_field("attributes", *before.attributes, *after.attributes);
  return std::move(compare).take();
}

std::vector<FieldChange> changed_fields(const Location& before, const Location& after) {
  FieldComparison compare;
  compare.field("description", before.description, after.description);
  compare.field("is_available", before.is_available, after.is_available);
  compare.field("endpoint", before.endpoint, after.endpoint);
  compare.field("priority", before.priority, after.priority);
  compare.field("country", before.country, after.country);
  return std::move(compare).take();
}

Event with_change(Event event, FieldChange change) {
  event.field = std::move(change.field);
  event.old_value = std::move(change.old_value);
  event.new_value = std::move(change.new_value);
  return event;
}

void add_change_events(const Event& about, std::vector<FieldChange> changes, std::vector<Event>& events) {
  for (FieldChange& change : changes) events.push_back(with_change(about, std::move(change)));
}

std::string tracked_fields(const InstanceType& type) {
  json::object fields;
  fields["is_listed"] = 1;
  fields["is_available"] = value_of(type.is_available);
  fields["availability_reason"] = value_of(text_of(type.availability_reason));
  for (const Price& price : type.prices) {
    fields[price_field(price.usage_class)] = value_of(price.amount);
    fields["currency" + suffix_of(price.usage_class)] = value_of(currency_of(price.amount));
  }
  return json::serialize(fields);
}

std::string tracked_fields(const Instance& instance, LifecycleStatus status) {
  json::object fields;
  fields["status"] = to_string(status);
  fields["provider_status"] = value_of(text_of(instance.provider_status));
  fields["public_ip"] = value_of(text_of(instance.public_ip));
  fields["public_dns"] = value_of(text_of(instance.public_dns));
  fields["private_ip"] = value_of(text_of(instance.private_ip));
  fields["ssh_port"] = instance.ssh_port ? json::value(*instance.ssh_port) : json::value(nullptr);
  fields["price_nanos"] = value_of(instance.price);
  fields["currency"] = value_of(currency_of(instance.price));
  fields["instance_type_id"] = value_of(text_of(instance.instance_type_id));
  return json::serialize(fields);
}

}  // namespace tally
