// What is sold at Launchpad: a shape of machine in one of the clouds behind it, and the names that it goes by. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cloud/ids.hpp"
#include "cloud/instance_type.hpp"
#include "net/json_fields.hpp"

namespace tally::launchpad {

struct Product {
  std::string cloud;
  std::string family;  // "A100"
  std::string model;   // "A100-80GB"
  std::string maker;   // of the GPUs, as the vendor writes it; "": not said
  std::int32_t gpus = 0;
  std::optional<int> memory_gb;  // of one GPU
  std::string connection;        // "pcie", "sxm"
  std::string workshop;          // reservation; "": anybody's
};

/// Of a row of GET /v1/catalog/instance-types/. What is wrong is reported on the fields, which decide.
Product read_product(const json::Fields& fields);

/// The GPUs, in the words of all vendors.
Gpu gpu_of(const Product& product);

/// "dmz.h100x8.sxm", "nebius.l40sx1.pcie.brev-dgxc". Of a family that is also made with twice the memory, the smaller
/// one says how much it has: "oci.a100-40x1.sxm". "" when not all of it is known.
std::string type_name(const Product& product);

/// As a create names the GPU.
std::string ordered_gpu(const Product& product);

/// "A100" of "a100-80gb": deployments name the model only.
std::string family_of(std::string_view model);

/// "pdx-noSub-dmz.h100x1.pcie".
InstanceTypeId type_id(const std::string& region, const std::string& type);

}  // namespace tally::launchpad
