#include "simcloud/catalog.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace tally::simcloud {
namespace {

struct Model {
  std::string_view gpu;  // "H100"
  int memory_gb;
  std::string_view interconnect;
  std::string_view suffix;  // "h100_sxm5"
  int cents;                // of one GPU
  int vcpus;
  int memory_gib;
};

constexpr std::array<Model, 8> models = {{
    {"H100", 80, "SXM5", "h100_sxm5", 399, 26, 225},
    {"A100", 80, "SXM4", "a100_80gb_sxm4", 179, 30, 225},
    {"A10", 24, "PCIe", "a10", 75, 30, 200},
    {"B200", 180, "SXM6", "b200_sxm6", 499, 26, 360},
    {"GH200", 96, "", "gh200", 149, 64, 432},
    {"A6000", 48, "", "a6000", 80, 14, 100},
    {"H200", 141, "SXM5", "h200_sxm5", 379, 26, 240},
    {"L40S", 48, "PCIe", "l40s", 99, 16, 128},
}};

constexpr std::array<int, 4> sizes = {1, 2, 4, 8};

struct Place {
  std::string_view name;
  std::string_view description;
  std::string_view country;
};

constexpr std::array<Place, 12> places = {{
    {"us-east-1", "Virginia, USA", "US"},
    {"us-west-1", "California, USA", "US"},
    {"us-south-1", "Texas, USA", "US"},
    {"us-midwest-1", "Illinois, USA", "US"},
    {"europe-central-1", "Germany", "DE"},
    {"asia-northeast-1", "Osaka, Japan", "JP"},
    {"us-west-3", "Utah, USA", "US"},
    {"me-west-1", "Israel", "IL"},
    {"us-east-3", "Washington DC, USA", "US"},
    {"asia-south-1", "India", "IN"},
    {"europe-south-1", "Italy", "IT"},
    {"australia-east-1", "Sydney, Australia", "AU"},
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
    shape.gpu = {std::string(model.gpu), model.memory_gb, std::string(model.interconnect)};
    shape.is_arm = model.gpu.starts_with("GH");
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
    if (i < places.size()) {
      const Place& place = places.at(i);
      list.push_back({std::string(place.name), std::string(place.description), std::string(place.country)});
    } else {
      list.push_back({fmt::format("sim-{}", i), fmt::format("Simulated region {}", i), "US"});
    }
  }
  return list;
}

std::string dollars(int cents) { return fmt::format("{}.{:02}", cents / 100, cents % 100); }

int spot_cents(const Shape& shape) { return std::max(1, shape.price_cents * 60 / 100); }

const std::vector<Image>& images() {
  static const std::vector<Image> all = {
      {"5d1a7c40-2204-4e11-8a01-000000000001", "Ubuntu 22.04", "ubuntu-22-04", false, true},
      {"5d1a7c40-2404-4e11-8a01-000000000002", "Ubuntu 24.04", "ubuntu-24-04", false, false},
      {"5d1a7c40-2204-4e11-8a01-000000000003", "Ubuntu 22.04", "ubuntu-22-04", true, true},
      {"5d1a7c40-2404-4e11-8a01-000000000004", "Ubuntu 24.04", "ubuntu-24-04", true, false},
  };
  return all;
}

}  // namespace tally::simcloud
