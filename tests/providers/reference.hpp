// Rows of ours against what the vendor-neutral reference implementation made of the same replies, field by field. Every
// difference that is meant is in the test's table with its reason; one that is not there fails.
#pragma once

#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>
#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <string>

#include "cloud/instance.hpp"
#include "cloud/instance_type.hpp"

namespace tally::reference {
namespace json = boost::json;

/// What differed, as keys of `meant`.
class Differences {
 public:
  explicit Differences(const std::map<std::string, std::string>& meant) : meant_(meant) {}
  template <class A, class B>
  void compare(const std::string& what, const std::string& row, const A& expected, const B& ours) {
    if (expected == ours) return;
    INFO(row);
    if (!meant_.contains(what)) {
      CAPTURE(expected, ours);
      FAIL_CHECK("not a meant difference: " << what);
    }
    seen_.insert(what);
  }
  void note(const std::string& what) {
    if (!meant_.contains(what)) FAIL_CHECK("not a meant difference: " << what);
    seen_.insert(what);
  }
  /// A meant difference that no longer occurs is not one.
  void check_all_seen() const {
    for (const auto& [what, reason] : meant_) {
      INFO("no longer different: " << what << " (" << reason << ")");
      CHECK(seen_.contains(what));
    }
  }

 private:
  const std::map<std::string, std::string>& meant_;
  std::set<std::string> seen_;
};

inline std::string text(const json::object& object, const char* key) {
  const json::value& value = object.at(key);
  return value.is_null() ? "" : json::value_to<std::string>(value);
}

inline std::int64_t integer(const json::object& object, const char* key) {
  return object.at(key).to_number<std::int64_t>();
}

inline std::string price_text(const std::optional<Money>& amount) {
  if (!amount) return "none";
  std::string decimal = to_text(*amount);
  return decimal.substr(0, decimal.find(' '));
}

inline void compare_type(Differences& differences, const json::object& expected, const InstanceType& ours) {
  const std::string id = ours.id.str();
  const auto compare = [&](const char* what, const auto& a, const auto& b) { differences.compare(what, id, a, b); };
  compare("type provider", text(expected, "provider"), ours.provider);
  compare("type cloud", text(expected, "cloud"), ours.cloud);
  compare("type type", text(expected, "type"), ours.type);
  compare("type location", text(expected, "location"), ours.location);
  compare("type sub_location", text(expected, "sub_location"), ours.sub_location);
  compare("type vcpu", integer(expected, "vcpu"), std::int64_t{ours.vcpu.value()});
  compare("type memory_bytes", integer(expected, "memory_bytes"), ours.memory.value().count());
  compare("type is_available", expected.at("is_available").as_bool(), ours.is_available.value());
  compare("type stoppable", expected.at("stoppable").as_bool(), ours.is_stoppable.value());
  compare("type rebootable", expected.at("rebootable").as_bool(), ours.is_rebootable.value());
  compare("type base_price", price_text(Money::parse(text(expected, "base_price"))),
          price_text(ours.prices.at(0).amount));
  const auto& amount = ours.prices.at(0).amount;
  compare("type currency", text(expected, "currency"), amount ? std::string(amount->currency.code()) : "none");
  compare("type usage classes", std::size_t{1}, ours.prices.size());
  compare("type azs", expected.at("available_azs").as_array().size(), ours.available_azs.size());
  const auto& gpus = expected.at("gpus").as_array();
  compare("type gpus", gpus.size(), ours.gpus.size());
  for (std::size_t i = 0; i < std::min(gpus.size(), ours.gpus.size()); ++i) {
    const json::object& gpu = gpus[i].as_object();
    const Gpu& our = ours.gpus[i];
    compare("gpu count", integer(gpu, "count"), std::int64_t{our.count});
    differences.compare("gpu name " + text(gpu, "name") + ">" + our.name, id, text(gpu, "name"), our.name);
    compare("gpu type", text(gpu, "type"), our.type);
    compare("gpu memory_bytes", integer(gpu, "memory_bytes"), our.memory.value().count());
    compare("gpu memory_details", text(gpu, "memory_details"), our.memory_details);
    compare("gpu network_details", text(gpu, "network_details"), our.network_details);
    compare("gpu manufacturer", text(gpu, "manufacturer"), our.manufacturer);
  }
  const auto& storage = expected.at("storage").as_array();
  compare("type storage", storage.size(), ours.storage.size());
  for (std::size_t i = 0; i < std::min(storage.size(), ours.storage.size()); ++i) {
    const json::object& disk = storage[i].as_object();
    compare("storage count", integer(disk, "count"), std::int64_t{ours.storage[i].count});
    compare("storage type", text(disk, "type"), ours.storage[i].type);
    compare("storage size", integer(disk, "size_bytes"), ours.storage[i].size.value_or(Bytes()).count());
    compare("storage ephemeral", disk.at("is_ephemeral").as_bool(), ours.storage[i].is_ephemeral);
  }
}

inline void compare_instance(Differences& differences, const json::object& expected, const Instance& ours) {
  const std::string id = ours.cloud_id.str();
  const auto compare = [&](const std::string& what, const auto& a, const auto& b) {
    differences.compare(what, id, a, b);
  };
  const std::string status(ours.status ? to_string(*ours.status) : "");
  compare("instance name", text(expected, "name"), ours.name);
  compare("instance ref_id", text(expected, "ref_id"), ours.ref_id.str());
  compare("instance cloud_cred_ref_id", text(expected, "cloud_cred_ref_id"), ours.cloud_cred_ref_id.str());
  compare("instance status " + text(expected, "status") + ">" + status, text(expected, "status"), status);
  compare("instance location", text(expected, "location"), ours.location);
  compare("instance sub_location", text(expected, "sub_location"), ours.sub_location);
  compare("instance type", text(expected, "instance_type"), ours.type);
  compare("instance type id", text(expected, "instance_type_id"), ours.instance_type_id.str());
  compare("instance public_ip", text(expected, "public_ip"), ours.public_ip);
  compare("instance private_ip", text(expected, "private_ip"), ours.private_ip);
  compare("instance hostname", text(expected, "hostname"), ours.hostname);
  compare("instance image", text(expected, "image_id"), ours.image_id);
  compare("instance disk", integer(expected, "disk_size_bytes"), ours.disk_size.value_or(Bytes()).count());
  compare("instance ssh_user", text(expected, "ssh_user"), ours.ssh_user);
  compare("instance ssh_port", integer(expected, "ssh_port"), std::int64_t{ours.ssh_port.value_or(0)});
  compare("instance spot", expected.at("spot").as_bool(), ours.is_spot);
  compare("instance stoppable", expected.at("stoppable").as_bool(), ours.is_stoppable.value());
  compare("instance rebootable", expected.at("rebootable").as_bool(), ours.is_rebootable.value());
  compare("instance tags", expected.at("tags").as_object().size(), ours.tags.size());
  const std::string created = text(expected, "created_at");
  compare("instance created_at", parse_rfc3339(created), ours.created_at);
  const json::object& other = expected.at("other").as_object();
  compare("instance public_dns", other.contains("public_dns") ? text(other, "public_dns") : "", ours.public_dns);
  compare("instance volume_type", other.contains("volume_type") ? text(other, "volume_type") : "",
          ours.attributes->volume_type);
  compare("instance firewall_rules", other.contains("firewall_rules"), !ours.attributes->ingress_rules.empty());
}

inline json::object index(const json::array& items, const char* key) {
  json::object by_key;
  for (const json::value& item : items) by_key[text(item.as_object(), key)] = item;
  return by_key;
}

}  // namespace tally::reference
