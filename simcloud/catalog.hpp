// What the simulated cloud is made of before anything moves: types of machines, regions, images. Pure data and
// functions; how a vendor words them is the faces' affair.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tally::simcloud {

struct Gpu {
  std::string model;         // "H100"
  int memory_gb = 0;         // nominal
  std::string interconnect;  // "SXM5", "PCIe"; "" when nothing is said of it
};

struct Shape {
  std::string name;  // "gpu_8x_h100_sxm5"
  Gpu gpu;
  int gpus = 0;
  int price_cents = 0;  // per hour
  int vcpus = 0;
  int memory_gib = 0;
  int storage_gib = 0;
  bool is_arm = false;
};

/// "3.99", of cents.
std::string dollars(int cents);

/// What vendors that sell spot machines take for one.
int spot_cents(const Shape& shape);

struct Region {
  std::string name;
  std::string description;  // "Osaka, Japan"
  std::string country;      // ISO 3166-1 alpha-2: "JP"
};

struct Image {
  std::string id;
  std::string name;    // "Ubuntu 22.04"
  std::string family;  // "ubuntu-22-04": of which it is the newest
  bool is_arm = false;
  bool is_default = false;  // what a machine of its architecture gets unasked
};

/// The first `count` types: real-looking ones, then numbered variants of them.
std::vector<Shape> make_shapes(std::size_t count);
std::vector<Region> make_regions(std::size_t count);
const std::vector<Image>& images();

inline std::string_view architecture(bool is_arm) { return is_arm ? "arm64" : "x86_64"; }

}  // namespace tally::simcloud
