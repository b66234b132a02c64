#include "providers/launchpad/product.hpp"

#include <algorithm>
#include <vector>

#include "cloud/gpu.hpp"
#include "cloud/limits.hpp"
#include "runtime/ascii.hpp"

namespace tally::launchpad {
namespace {

/// Whether GPUs of that name are made with that memory.
bool is_made_with(const std::string& name, int memory_gb) {
  return nominal_memory_gb(name, std::int64_t{memory_gb} << 30U) == memory_gb;
}

/// Whether GPUs of that name are made with some memory and with twice as much: only the memory says which one is meant.
bool comes_in_two_sizes(const std::string& name) {
  struct Model {
    std::string_view name;
    std::vector<int> sizes_gb;
  };
  static const std::vector<Model> models = {
#define GPU(name, manufacturer, ...) {name, {__VA_ARGS__}},
#include "cloud/gpu_table.inc"
#undef GPU
  };
  const auto model = std::find_if(models.begin(), models.end(), [&](const Model& each) { return each.name == name; });
  return model != models.end() && std::any_of(model->sizes_gb.begin(), model->sizes_gb.end(),
                                              [&name](int size) { return is_made_with(name, 2 * size); });
}

/// The API describes it as that of all GPUs, its examples have that of one: whichever is made is taken. Not confirmed.
std::optional<int> memory_of_one(const std::string& name, std::optional<std::int32_t> stated, std::int32_t gpus) {
  if (!stated || *stated == 0) return std::nullopt;
  const bool is_of_all = gpus > 1 && *stated % gpus == 0 && !is_made_with(name, *stated);
  return is_of_all && is_made_with(name, *stated / gpus) ? *stated / gpus : *stated;
}

bool is_smaller_one(const Product& product) {
  const std::string name = normalize_gpu(product.family).name;
  return product.memory_gb && *product.memory_gb < 4096 && is_made_with(name, 2 * *product.memory_gb);
}

}  // namespace

Product read_product(const json::Fields& fields) {
  Product product;
  product.cloud = fields.required_text("cloud");
  product.workshop = fields.deciding().text("workshop_id", limits::id);
  const auto gpu = fields.deciding().object("gpu");
  if (!gpu) {
    fields.deciding().report("gpu", "is missing");
    return product;
  }
  product.family = gpu->required_text("family");
  product.model = gpu->text("model", limits::id);
  product.maker = gpu->text("manufacturer", limits::id);
  product.gpus = gpu->deciding().int32("count", 1).value_or(0);
  if (product.gpus == 0) gpu->deciding().report("count", "is missing");
  product.connection = ascii::lower(gpu->required_text("interconnection_type"));
  const std::string name = normalize_gpu(product.family).name;
  product.memory_gb = memory_of_one(name, gpu->int32("memory_gb"), product.gpus);
  if (!comes_in_two_sizes(name)) return product;
  if (product.memory_gb) product.memory_gb = nominal_memory_gb(name, std::int64_t{*product.memory_gb} << 30U);
  if (!product.memory_gb) gpu->deciding().report("memory_gb", "does not say which of two sizes it is");
  return product;
}

Gpu gpu_of(const Product& product) {
  Gpu gpu;
  gpu.count = product.gpus;
  gpu.type = ascii::upper(product.model.empty() ? product.family : product.model);
  gpu.network_details = product.connection == "pcie" ? "PCIe" : ascii::upper(product.connection);
  const GpuName name = normalize_gpu(product.family + " " + gpu.network_details, product.memory_gb);
  gpu.name = name.name.empty() ? ascii::upper(product.family) : name.name;
  gpu.memory_gb = product.memory_gb ? product.memory_gb : name.memory_gb;
  if (gpu.memory_gb) gpu.memory = Bytes::of(*gpu.memory_gb, ByteUnit::gibibyte);  // nominal, as marketed
  gpu.memory_details = name.memory_details;
  const bool is_told = !name.is_known && !product.maker.empty();
  gpu.manufacturer = is_told ? normalize_manufacturer(product.maker) : name.manufacturer;
  return gpu;
}

std::string type_name(const Product& product) {
  if (product.cloud.empty() || product.family.empty() || product.gpus == 0 || product.connection.empty()) return "";
  if (!product.memory_gb && comes_in_two_sizes(normalize_gpu(product.family).name)) return "";
  std::string name = product.cloud + "." + ascii::lower(product.family);
  if (product.memory_gb && is_smaller_one(product)) name += "-" + std::to_string(*product.memory_gb);
  name += "x" + std::to_string(product.gpus) + "." + product.connection;
  return product.workshop.empty() ? name : name + "." + product.workshop;
}

std::string ordered_gpu(const Product& product) {
  return ascii::lower(is_smaller_one(product) && !product.model.empty() ? product.model : product.family);
}

std::string family_of(std::string_view model) {
  std::string family = ascii::upper(model);
  const std::size_t mark = family.find_last_of("- ");
  if (mark == std::string::npos || !family.ends_with("GB")) return family;
  const std::string size = family.substr(mark + 1, family.size() - mark - 3);
  const bool is_size = !size.empty() && size.find_first_not_of("0123456789") == std::string::npos;
  return is_size ? family.substr(0, mark) : family;
}

InstanceTypeId type_id(const std::string& region, const std::string& type) {
  return InstanceTypeId(region + "-noSub-" + type);
}

}  // namespace tally::launchpad
