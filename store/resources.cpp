#include "store/resources.hpp"

#include <algorithm>

namespace tally {
namespace {

constexpr Filter credential{"credential", FilterKind::text, "credential = ?", "RefID of a credential"};
constexpr Filter provider{"provider", FilterKind::text, "? IN (provider, cloud)",
                          "vendor's ID, such as lambda-labs, or a broker's cloud"};
constexpr Filter cloud_id{"cloud_id", FilterKind::text, "cloud_id = ?", "ID of an instance"};
constexpr Filter location{"location", FilterKind::text, "location = ?", "region"};
constexpr Filter type{"type", FilterKind::text, "type = ?", "the vendor's name of an instance type"};

constexpr Filter location_of_list{"location", FilterKind::text, "coalesce(nullif(location, ?), '') = ''",
                                  "region; with what holds for every region"};

std::vector<Filter> offer_filters() {
  return {credential,
          provider,
          {"gpu", FilterKind::text, "gpu_name = upper(?)", "GPU model, such as H100"},
          {"count", FilterKind::integer, "gpu_count = ?", "exact number of GPUs"},
          {"min_vram", FilterKind::integer, "gpu_memory_gb >= ?", "nominal GB of one GPU, at least"},
          {"max_price", FilterKind::number, "price_per_hour <= ?",
           "price of the whole machine per hour, in the offer's currency, at most"},
          location,
          {"country", FilterKind::text, "country = upper(?)", "ISO 3166-1 alpha-3 code, such as USA"},
          {"usage_class", FilterKind::text, "usage_class = ?", "on-demand or spot"},
          {"available", FilterKind::flag, "is_available = 1", "only what can be launched now"}};
}

}  // namespace

const std::vector<Resource>& resources() {
  static const std::vector<Resource> all = {
      {"credentials", "credentials", {"credential"}, {}},
      {"locations",
       "locations",
       {"credential", "name"},
       {credential,
        {"country", FilterKind::text, "country = upper(?)", "ISO 3166-1 alpha-3 code, such as USA"},
        {"available", FilterKind::flag, "is_available = 1 AND is_listed = 1", "only what can be used now"}}},
      {"instance-types",
       "instance_types",
       {"credential", "instance_type_id"},
       {credential,
        provider,
        type,
        location,
        {"available", FilterKind::flag, "is_available = 1", "only what can be launched now"},
        {"listed", FilterKind::flag, "is_listed = 1", "without what is no longer listed"}}},
      {"offers", "offers", {"credential", "instance_type_id", "usage_class"}, offer_filters()},
      {"best-offers", "best_offers", {"credential", "instance_type_id", "usage_class"}, offer_filters()},
      {"instances",
       "instances",
       {"credential", "cloud_id"},
       {credential,
        provider,
        type,
        location,
        {"status", FilterKind::text, "status = ?", "such as running"},
        cloud_id,
        {"ref_id", FilterKind::text, "ref_id = ?", "the creator's ID of the instance"},
        {"tag", FilterKind::text,
         "EXISTS (SELECT 1 FROM instance_tags g WHERE g.credential = instances.credential AND "
         "g.cloud_id = instances.cloud_id AND g.key || '=' || g.value = ?)",
         "a tag, as KEY=VALUE"},
        {"live", FilterKind::flag, "is_ended = 0", "without ended ones"},
        {"ours", FilterKind::flag, "is_ours = 1", "only those made through a credential of ours"}}},
      {"orphans", "orphans", {"credential", "cloud_id", "reason"}, {credential}},
      {"ssh-probes",
       "ssh_probes",
       {"credential", "cloud_id"},
       {credential, cloud_id, {"failed", FilterKind::flag, "is_ok = 0", "only those that did not come through"}}},
      {"host-keys",
       "host_keys",
       {"credential", "cloud_id", "key_type", "fingerprint_sha256"},
       {credential, cloud_id, {"state", FilterKind::text, "state = ?", "pinned, changed or trusted"}}},
      {"bootstraps",
       "bootstraps",
       {"credential", "cloud_id"},
       {credential, cloud_id, {"state", FilterKind::text, "state = ?", "started, done or failed"}}},
      {"operations",
       "operations",
       {"id"},
       {credential,
        {"kind", FilterKind::text, "kind = ?", "such as create"},
        {"ref_id", FilterKind::text, "ref_id = ?", "the creator's ID of the instance"},
        cloud_id,
        {"state", FilterKind::text, "state = ?", "such as failed"}}},
      {"quotas",
       "quotas",
       {"credential", "location", "quota_id"},
       {credential,
        location_of_list,
        {"exhausted", FilterKind::flag, "current >= maximum", "only those of which nothing is left"}}},
      {"images",
       "images",
       {"credential", "location", "image_id"},
       {credential,
        location_of_list,
        {"name", FilterKind::text, "name GLOB ?", "name, with * for any text and ? for any character"},
        {"architecture", FilterKind::text, "architecture = ?", "x86_64, arm64 or unknown"},
        {"default", FilterKind::flag, "is_default = 1", "only what a create without an image takes"}}},
      {"deliveries",
       "deliveries",
       {"id"},
       {{"notify", FilterKind::text, "notify = ?", "name of a rule of notifications"},
        {"state", FilterKind::text, "state = ?", "waiting, delivered or given_up"}}},
      {"sync-states", "sync_states", {"credential", "syncer", "location"}, {credential}},
  };
  return all;
}

const Resource* find_resource(std::string_view name) {
  const auto& all = resources();
  const auto at = std::find_if(all.begin(), all.end(), [&](const Resource& resource) { return resource.name == name; });
  return at == all.end() ? nullptr : &*at;
}

void Where::add(const Filter& filter, SqlValue value) {
  if (filter.kind == FilterKind::flag) {
    add(filter.condition);
  } else {
    add(filter.condition, std::move(value));
  }
}

void Where::add(std::string_view condition, SqlValue parameter) {
  add(condition);
  parameters_.push_back(std::move(parameter));
}

}  // namespace tally
