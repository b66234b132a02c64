#include <limits>

#include "providers/fluidstack/gpu_model.hpp"
#include "providers/fluidstack/mapping.hpp"
#include "providers/fluidstack/quantity.hpp"

namespace tally::fluidstack {
namespace {

std::optional<Bytes> read_memory(const json::Fields& fields) {
  const std::string stated = fields.text("memory");
  if (stated.empty()) return std::nullopt;
  const auto memory = parse_quantity(stated);
  if (!memory) fields.report("memory", "is no size");
  return memory;
}

std::optional<Gpu> read_gpu(const json::Fields& fields, const std::string& type) {
  const std::int32_t count = fields.int32("gpuCount", std::numeric_limits<std::int32_t>::min()).value_or(0);
  if (count <= 0) return std::nullopt;
  const std::string model = fields.text("gpuModel");
  Gpu gpu = model.empty() ? gpu_of_type_name(type) : gpu_of_model(model);
  gpu.count = count;
  return gpu;
}

/// Any type can be ordered preemptible; what that costs, and whether there is one, nobody says.
std::vector<Price> prices_of(const std::string& type, const OptionTable<Money>& table) {
  Price on_demand;
  if (const auto known = table.find(type); known != table.end()) {
    on_demand.amount = known->second;
    on_demand.source = PriceSource::estimate;
  }
  Price spot;
  spot.usage_class = UsageClass::spot;
  return {on_demand, spot};
}

InstanceType read_type(const json::Fields& fields, const std::string& region, const OptionTable<Money>& prices) {
  InstanceType type;
  type.provider = type.cloud = "fluidstack";
  type.type = fields.required_text("name");
  type.location = region;
  if (!type.type.empty()) type.id = type_id(region, type.type);
  type.vcpu = fields.int32("cpu");
  type.memory = read_memory(fields);
  if (auto gpu = read_gpu(fields, type.type)) type.gpus = {std::move(*gpu)};
  type.architectures = {!type.gpus.empty() && is_with_arm(type.gpus.front()) ? "arm64" : "x86_64"};
  type.prices = prices_of(type.type, prices);
  type.is_stoppable = true;
  type.is_rebootable = false;
  type.attributes.is_preemptible = false;
  return type;
}

}  // namespace

InstanceTypeId type_id(const std::string& region, const std::string& type) {
  return InstanceTypeId(region + "-noSub-" + type);
}

RowForm<InstanceType> type_form(const std::string& region, const Settings& settings) {
  return {"",
          [region, prices = settings.prices](const json::Fields& fields) { return read_type(fields, region, prices); }};
}

}  // namespace tally::fluidstack
