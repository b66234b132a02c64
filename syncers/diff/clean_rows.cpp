#include "syncers/diff/clean_rows.hpp"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <utility>

namespace tally {
namespace {

bool any_holds_secret(std::initializer_list<std::string_view> texts, const Redactor& redactor) {
  return std::any_of(texts.begin(), texts.end(), [&](std::string_view text) { return redactor.holds_secret(text); });
}

/// Cleans texts in place and remembers whether that changed one.
class Cleaner {
 public:
  explicit Cleaner(const Redactor& redactor) : redactor_(redactor) {}

  void clean(std::string& text) {
    std::string clean = redactor_.clean(text);
    if (clean == text) return;
    text = std::move(clean);
    has_changed_ = true;
  }
  template <class... Texts>
  void clean(std::string& first, Texts&... rest) {
    clean(first);
    (clean(rest), ...);
  }
  void clean(std::vector<std::string>& texts) {
    for (std::string& text : texts) clean(text);
  }
  void clean(std::map<std::string, std::string>& tags) {
    std::map<std::string, std::string> clean_tags;
    for (const auto& [key, value] : tags) clean_tags.emplace(redactor_.clean(key), redactor_.clean(value));
    if (clean_tags == tags) return;
    tags = std::move(clean_tags);
    has_changed_ = true;
  }
  void clean(std::vector<FirewallRule>& rules) {
    for (FirewallRule& rule : rules) {
      clean(rule.id);
      clean(rule.ip_ranges);
    }
  }
  void clean(Boxed<Quota>& quota) {
    if (quota) clean(quota->id, quota->name, quota->unit);
  }

  [[nodiscard]] bool has_changed() const { return has_changed_; }

 private:
  const Redactor& redactor_;
  bool has_changed_ = false;
};

void clean_texts(InstanceType& row, Cleaner& cleaner) {
  cleaner.clean(row.architectures);
  for (Gpu& gpu : row.gpus) {
    cleaner.clean(gpu.name, gpu.type, gpu.memory_details, gpu.network_details, gpu.manufacturer);
  }
  for (Storage& disk : row.storage) cleaner.clean(disk.type);
  TypeAttributes& rarer = row.attributes;
  cleaner.clean(rarer.network_performance, rarer.reserved_instance_pool_id);
  for (Boxed<Quota>* quota : {&rarer.quota_on_demand, &rarer.quota_spot, &rarer.quota_reserved}) {
    cleaner.clean(*quota);
  }
}

void clean_texts(Instance& row, Cleaner& cleaner) {
  cleaner.clean(row.name, row.provider_status, row.status_message, row.public_ip, row.public_dns, row.private_ip,
                row.hostname, row.ssh_user);
  cleaner.clean(row.tags);
  InstanceAttributes rarer = *row.attributes;
  cleaner.clean(rarer.ip_allocation_id, rarer.volume_type, rarer.public_key_fingerprint, rarer.vpc_id, rarer.subnet_id);
  cleaner.clean(rarer.ingress_rules);
  cleaner.clean(rarer.egress_rules);
  cleaner.clean(rarer.firewall_open);
  cleaner.clean(rarer.host_keys);
  for (Disk& disk : rarer.additional_disks) cleaner.clean(disk.type, disk.mount_path);
  row.attributes = std::move(rarer);
}

void clean_texts(Location& row, Cleaner& cleaner) { cleaner.clean(row.description, row.endpoint, row.country); }

void clean_texts(Image& row, Cleaner& cleaner) { cleaner.clean(row.name, row.architecture, row.description); }

void clean_texts(Quota& row, Cleaner& cleaner) { cleaner.clean(row.name, row.unit); }

template <class T>
Row<T> cleaned_row(const Row<T>& row, const Redactor& redactor) {
  Cleaner cleaner(redactor);
  T copy = *row;
  clean_texts(copy, cleaner);
  return cleaner.has_changed() ? std::make_shared<const T>(std::move(copy)) : row;
}

}  // namespace

bool holds_secret(const InstanceType& row, const Redactor& redactor) {
  return any_holds_secret({row.id.str(), row.provider, row.cloud, row.type, row.location, row.sub_location},
                          redactor) ||
         std::any_of(row.available_azs.begin(), row.available_azs.end(),
                     [&](const std::string& zone) { return redactor.holds_secret(zone); });
}

bool holds_secret(const Instance& row, const Redactor& redactor) {
  return any_holds_secret({row.cloud_id.str(), row.provider, row.cloud, row.ref_id.str(), row.cloud_cred_ref_id.str(),
                           row.location, row.sub_location, row.type, row.instance_type_id.str(), row.image_id},
                          redactor);
}

bool holds_secret(const Location& row, const Redactor& redactor) { return redactor.holds_secret(row.name); }

bool holds_secret(const Image& row, const Redactor& redactor) {
  return any_holds_secret({row.id, row.location}, redactor);
}

bool holds_secret(const Quota& row, const Redactor& redactor) { return redactor.holds_secret(row.id); }

Row<InstanceType> cleaned(const Row<InstanceType>& row, const Redactor& redactor) { return cleaned_row(row, redactor); }
Row<Instance> cleaned(const Row<Instance>& row, const Redactor& redactor) { return cleaned_row(row, redactor); }
Row<Location> cleaned(const Row<Location>& row, const Redactor& redactor) { return cleaned_row(row, redactor); }
Row<Image> cleaned(const Row<Image>& row, const Redactor& redactor) { return cleaned_row(row, redactor); }
Row<Quota> cleaned(const Row<Quota>& row, const Redactor& redactor) { return cleaned_row(row, redactor); }

}  // namespace tally
