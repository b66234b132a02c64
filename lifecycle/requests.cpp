#include "lifecycle/requests.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/sha256.hpp"

namespace tally::lifecycle {
namespace {

/// Named values one after the other, each with its length, so that no value can be taken for two. What is the default
/// is left out: absent and default are one.
class Canonical {
 public:
  void add(std::string_view name, std::string_view value) {
    if (!value.empty()) text_ += fmt::format("{}:{}={}:{}\n", name.size(), name, value.size(), value);
  }
  void add(std::string_view name, std::int64_t value) { add(name, std::to_string(value)); }
  void add(std::string_view name, bool value) { add(name, value ? std::string_view("1") : std::string_view()); }
  void add(std::string_view name, const std::optional<Bytes>& value) {
    if (value) add(name, value->count());
  }
  void add(std::string_view name, const std::map<std::string, std::string>& values) {
    for (const auto& [key, value] : values) add(fmt::format("{}.{}", name, key), "=" + value);
  }
  /// In an order of their own, each once.
  void add(std::string_view name, std::vector<std::string> values) {
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    for (const std::string& value : values) add(name, value);
  }
  void add(std::string_view name, const std::vector<FirewallRule>& rules) {
    std::vector<std::string> texts;
    for (const FirewallRule& rule : rules) {
      Canonical one;
      one.add("from", std::int64_t{rule.from_port});
      one.add("to", std::int64_t{rule.to_port});
      one.add("range", rule.ip_ranges);
      texts.push_back(one.text_);
    }
    add(name, std::move(texts));
  }
  void add(std::string_view name, const std::vector<Disk>& disks) {
    for (const Disk& disk : disks) {
      Canonical one;
      one.add("size", disk.size);
      one.add("type", disk.type);
      one.add("mount_path", disk.mount_path);
      add(name, one.text_);
    }
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

void add(Canonical& to, const Create& create) {
  const CreateRequest& what = create.what;
  to.add("credential", create.credential.str());
  to.add("ref_id", what.ref_id.str());
  to.add("name", what.name);
  to.add("type", what.type);
  to.add("location", what.location);
  to.add("sub_location", what.sub_location);
  to.add("is_spot", what.is_spot);
  to.add("image_id", what.image_id);
  to.add("disk_size", what.disk_size);
  to.add("additional_disks", what.additional_disks);
  to.add("use_multi_attach_volume", what.uses_multi_attach_volume);
  to.add("vpc_id", what.vpc_id);
  to.add("subnet_id", what.subnet_id);
  to.add("use_persistent_ip", what.uses_persistent_ip);
  to.add("ingress", what.firewall.ingress);
  to.add("egress", what.firewall.egress);
  to.add("public_key", what.public_key);
  to.add("key_pair_name", what.key_pair_name);
  to.add("user_data", what.user_data_base64);
  to.add("environment", what.environment);
  to.add("tags", what.tags);
  if (what.retire_in) to.add("retire_in", what.retire_in->count());
  if (create.max_price) to.add("max_price", to_text(*create.max_price));
}

void add(Canonical& to, const Machine& machine) {
  to.add("credential", machine.credential.str());
  to.add("cloud_id", machine.cloud_id.str());
}
// What a request about a machine says beside which one it is.
void add(Canonical& /*to*/, const Terminate& /*request*/) {}
void add(Canonical& /*to*/, const Stop& /*request*/) {}
void add(Canonical& /*to*/, const Start& /*request*/) {}
void add(Canonical& /*to*/, const Reboot& /*request*/) {}
void add(Canonical& to, const Resize& request) {
  to.add("size", request.resize.size.count());
  to.add("waits", request.resize.waits_for_optimizing);
}
void add(Canonical& to, const UpdateTags& request) {
  for (const auto& [key, value] : request.changes) to.add("tag." + key, value ? "=" + *value : std::string("-"));
}
void add(Canonical& to, const ChangeType& request) { to.add("type", request.type); }
void add(Canonical& to, const AddFirewallRules& request) {
  to.add("ingress", request.rules.ingress);
  to.add("egress", request.rules.egress);
}
void add(Canonical& to, const RevokeFirewallRules& request) { to.add("rule", request.rule_ids); }
void add(Canonical& to, const Retire& request) {
  if (request.in) to.add("in", request.in->count());
}

}  // namespace

OperationKind kind_of(const Request& request) {
  static_assert(std::variant_size_v<Request> == static_cast<std::size_t>(OperationKind::retire) + 1);
  return static_cast<OperationKind>(request.index());  // both are in one order
}

const Machine* machine_of(const Request& request) {
  return std::visit(
      [](const auto& one) -> const Machine* {
        if constexpr (requires { one.machine; }) {
          return &one.machine;
        } else {
          return nullptr;
        }
      },
      request);
}

const CredentialRef& credential_of(const Request& request) {
  const Machine* machine = machine_of(request);
  return machine != nullptr ? machine->credential : std::get<Create>(request).credential;
}

std::string digest_of(const Request& request) {
  Canonical canonical;
  canonical.add("kind", to_string(kind_of(request)));
  if (const Machine* machine = machine_of(request)) add(canonical, *machine);
  std::visit([&canonical](const auto& one) { add(canonical, one); }, request);
  return sha256_hex(canonical.text());
}

std::string token_of(const CredentialRef& credential, const RefId& ref_id, int generation, int attempt) {
  return sha256_hex(fmt::format("{}\n{}\n{}\n{}", credential.str(), ref_id.str(), generation, attempt));
}

}  // namespace tally::lifecycle
