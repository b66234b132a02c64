// What the simulated cloud sells and where: vendor types in Lambda's wording, and regions. Pure data and functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tally::simcloud {

struct Shape {
  std::string name;             // "gpu_8x_h100_sxm5"
  std::string description;      // "8x H100 (80 GB SXM5)"
  std::string gpu_description;  // "H100 (80 GB SXM5)"
  int price_cents = 0;          // per hour
  int vcpus = 0;
  int memory_gib = 0;
  int storage_gib = 0;
  int gpus = 0;
};

struct Region {
  std::string name;
  std::string description;
};

/// The first `count` types: real-looking ones, then numbered variants of them.
std::vector<Shape> make_shapes(std::size_t count);
std::vector<Region> make_regions(std::size_t count);

}  // namespace tally::simcloud
