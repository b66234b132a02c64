#include "providers/nebius/supply.hpp"

#include <algorithm>
#include <limits>

#include "cloud/limits.hpp"
#include "net/json_rows.hpp"
#include "providers/nebius/protos/capacity.pb.h"
#include "providers/nebius/protos/listing.pb.h"
#include "providers/nebius/protos/quotas.pb.h"

namespace tally::nebius {
namespace {

namespace capacity = ::nebius::capacity::v1;
namespace quotas_v1 = ::nebius::quotas::v1;

std::int64_t signed_of(std::uint64_t number) {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(number, std::numeric_limits<std::int64_t>::max() / 2));
}

bool is_name(const std::string& text) { return !text.empty() && text.size() <= limits::id; }

/// Calls `use(message)` with each row that is one; answers how many are none, or not taken.
template <class Message, class Use>
Result<std::size_t> each_row(const std::vector<std::string>& pages, WorkLimit& limit, Use use) {
  std::size_t rows = 0;
  std::size_t unread = 0;
  for (const std::string& bytes : pages) {
    ::nebius::listing::Page page;
    if (!page.ParseFromString(bytes)) return tl::unexpected(json::bad_reply("a page is not the API's message"));
    for (const std::string& item : page.items()) {
      if (limit.is_over()) return tl::unexpected(json::too_long_to_read());
      if (++rows > limits::rows_per_listing) return tl::unexpected(json::bad_reply("more rows than anybody has"));
      Message message;
      if (!message.ParseFromString(item) || !use(message)) ++unread;
    }
  }
  return unread;
}

Advice advice_of(const capacity::ResourceAdviceStatus::Availability& said) {
  using Said = capacity::ResourceAdviceStatus::Availability;
  Advice advice;
  switch (said.data_state()) {
    case Said::DATA_STATE_UNSPECIFIED:
    case Said::DATA_STATE_FRESH: advice.is_known = true; break;
    case Said::DATA_STATE_STALE: return advice;
    default: advice.is_unknown = true; return advice;  // the vendor's own word for it, and words that are new
  }
  const bool is_at_limit = said.availability_level() == Said::AVAILABILITY_LEVEL_LIMIT_REACHED;
  advice.available = is_at_limit ? 0 : said.available();
  return advice;
}

/// Of several fabrics: whichever has most; a number beats "not known".
void add(Advice& sum, const Advice& fabric) {
  sum.available = std::max(sum.available, fabric.available);
  sum.is_known = sum.is_known || fabric.is_known;
  sum.is_unknown = sum.is_unknown || fabric.is_unknown;
}

/// Both of them; nothing: not known.
using Known = std::optional<bool>;
Known both(Known a, Known b) {
  if (a == false || b == false) return false;
  return a && b ? Known(true) : Known();
}

Known has_room(const Demand& demand, UsageClass usage, const QuotaTable& quotas) {
  const auto row = [&](const std::string& name) {
    const auto at = quotas.rows.find({name, demand.region});
    return at == quotas.rows.end() ? nullptr : &at->second;
  };
  const auto if_absent = [&quotas](bool room) { return quotas.unread > 0 ? Known() : Known(room); };
  // A row that is not there, or sets no limit, limits nothing here.
  const auto leaves_room = [&](const std::string& name, std::int64_t count) {
    const Allowance* allowance = row(name);
    if (allowance == nullptr) return if_absent(true);
    return Known(!allowance->limit || allowance->has_room_for(count));
  };
  Known room = true;
  if (usage == UsageClass::spot) room = leaves_room("compute.instance.preemptible.count", 1);
  if (demand.gpus == 0) {
    room = both(room, leaves_room("compute.instance.non-gpu.vcpu", demand.vcpus));
    return both(room, leaves_room("compute.instance.non-gpu.memory", demand.memory_bytes));
  }
  const Allowance* gpus = row(demand.gpu_quota);
  return both(room, gpus == nullptr ? if_absent(false) : Known(gpus->has_room_for(demand.gpus)));
}

}  // namespace

Result<QuotaTable> read_quotas(const std::vector<std::string>& pages, WorkLimit limit) {
  QuotaTable table;
  const Result<std::size_t> unread = each_row<quotas_v1::QuotaAllowance>(pages, limit, [&table](const auto& row) {
    using Status = quotas_v1::QuotaAllowanceStatus;
    switch (row.status().state()) {
      case Status::STATE_ACTIVE: break;
      case Status::STATE_PROVISIONING:
      case Status::STATE_FROZEN:
      case Status::STATE_DELETED: return true;  // not in force
      default: return false;                    // none is said, or a new one: it may be in force
    }
    // One without a region may hold for all of them.
    if (!is_name(row.metadata().name()) || row.spec().region().size() > limits::id) return false;
    Allowance allowance;
    if (row.spec().has_limit()) allowance.limit = signed_of(row.spec().limit());
    allowance.usage = signed_of(row.status().usage());
    if (row.status().unit().size() <= limits::id) allowance.unit = row.status().unit();
    table.rows[{row.metadata().name(), row.spec().region()}] = std::move(allowance);
    return true;
  });
  if (!unread) return tl::unexpected(unread.error());
  table.unread = *unread;
  return table;
}

std::vector<Quota> quotas_in(const QuotaTable& quotas, const std::string& region) {
  std::vector<Quota> list;
  for (const auto& [key, allowance] : quotas.rows) {
    if (key.second != region) continue;
    Quota quota;
    quota.id = key.first + ":" + key.second;
    quota.name = key.first;
    quota.maximum = allowance.limit;
    quota.current = allowance.usage;
    quota.unit = allowance.unit;
    list.push_back(std::move(quota));
  }
  return list;
}

std::set<std::string> regions_of(const QuotaTable& quotas) {
  std::set<std::string> regions;
  for (const auto& [key, allowance] : quotas.rows) {
    if (!key.second.empty() && regions.size() < limits::locations_per_account) regions.insert(key.second);
  }
  return regions;
}

Result<AdviceTable> read_advice(const std::vector<std::string>& pages, WorkLimit limit) {
  AdviceTable table;
  const Result<std::size_t> unread = each_row<capacity::ResourceAdvice>(pages, limit, [&table](const auto& row) {
    if (!row.spec().has_compute_instance()) return true;
    const auto& machine = row.spec().compute_instance();
    if (!is_name(row.spec().region()) || !is_name(machine.platform()) || !is_name(machine.preset().name())) {
      return false;
    }
    Stock& stock = table.rows[{row.spec().region(), machine.platform(), machine.preset().name()}];
    add(stock.on_demand, advice_of(row.status().on_demand()));
    add(stock.spot, advice_of(row.status().preemptible()));
    return true;
  });
  if (!unread) return tl::unexpected(unread.error());
  table.unread = *unread;
  return table;
}

Supply supply_of(const Demand& demand, UsageClass usage, const QuotaTable& quotas, const AdviceTable& advice) {
  Supply supply;
  supply.is_available = has_room(demand, usage, quotas);
  if (supply.is_available == false) {
    supply.reason = AvailabilityReason::quota;
    return supply;
  }
  if (demand.gpus == 0) return supply;
  const auto at = advice.rows.find({demand.region, demand.platform, demand.preset});
  const bool is_told = at != advice.rows.end();
  if (!is_told && advice.unread > 0) supply.is_available.reset();
  if (!is_told) return supply;
  const Advice& said = usage == UsageClass::spot ? at->second.spot : at->second.on_demand;
  if (said.is_known && said.available == 0 && !said.is_unknown) {
    supply.is_available = false;
    supply.reason = AvailabilityReason::capacity;
  } else if (said.is_unknown && said.available == 0) {
    supply.is_available.reset();
  }
  return supply;
}

}  // namespace tally::nebius
