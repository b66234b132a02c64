#include "simcloud/catalog.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace tally::simcloud {
namespace {

struct Model {
  std::string_view gpu;      // "H100"
  std::string_view details;  // "80 GB SXM5"
  std::string_view suffix;   // "h100_sxm5"
  int cents;                 // of one GPU
  int vcpus;
  int memory_gib;
};

constexpr std::array<Model, 8> models = {{
    {"H100", "80 GB SXM5", "h100_sxm5", 399, 26, 225},
    {"A100", "80 GB SXM4", "a100_80gb_sxm4", 179, 30, 225},
    {"A10", "24 GB PCIe", "a10", 75, 30, 200},
    {"B200", "180 GB SXM6", "b200_sxm6", 499, 26, 360},
    {"GH200", "96 GB", "gh200", 149, 64, 432},
    {"A6000", "48 GB", "a6000", 80, 14, 100},
    {"H200", "141 GB SXM5", "h200_sxm5", 379, 26, 240},
    {"L40S", "48 GB PCIe", "l40s", 99, 16, 128},
}};

constexpr std::array<int, 4> sizes = {1, 2, 4, 8};

constexpr std::array<std::pair<std::string_view, std::string_view>, 12> regions = {{
    {"us-east-1", "Virginia, USA"},
    {"us-west-1", "California, USA"},
    {"us-south-1", "Texas, USA"},
    {"us-midwest-1", "Illinois, USA"},
    {"europe-central-1", "Germany"},
    {"asia-northeast-1", "Osaka, Japan"},
    {"us-west-3", "Utah, USA"},
    {"me-west-1", "Israel"},
    {"us-east-3", "Washington DC, USA"},
    {"asia-south-1", "India"},
    {"europe-south-1", "Italy"},
    {"australia-east-1", "Sydney, Australia"},
}};

}  // namespace

std::vector<Shape> make_shapes(std::size_t count) {
  std::vector<Shape> shapes;
  shapes.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const Model& model = models.at(i % models.size());
    const int gpus = sizes.at(i / models.size() % sizes.size());
    const std::size_t variant = i / (models.size() * sizes.size());
    Shape shape;
    shape.name = fmt::format("gpu_{}x_{}", gpus, model.suffix);
    if (variant > 0) shape.name += fmt::format("_v{}", variant);
    shape.gpu_description = fmt::format("{} ({})", model.gpu, model.details);
    shape.description = fmt::format("{}x {}", gpus, shape.gpu_description);
    shape.price_cents = model.cents * gpus;
    shape.vcpus = model.vcpus * gpus;
    shape.memory_gib = model.memory_gib * gpus;
    shape.storage_gib = 512 * gpus;
    shape.gpus = gpus;
    shapes.push_back(std::move(shape));
  }
  return shapes;
}

std::vector<Region> make_regions(std::size_t count) {
  std::vector<Region> list;
  for (std::size_t i = 0; i < count; ++i) {
    if (i < regions.size()) {
      list.push_back({std::string(regions.at(i).first), std::string(regions.at(i).second)});
    } else {
      list.push_back({fmt::format("sim-{}", i), fmt::format("Simulated region {}", i)});
    }
  }
  return list;
}

}  // namespace tally::simcloud
