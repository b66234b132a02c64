// "8x H100 (80 GB SXM5)": the GPU of a Lambda type, from the texts that describe it. Pure.
#pragma once

#include <optional>
#include <string>

#include "cloud/instance_type.hpp"

namespace tally::lambda {

struct TypeTexts {
  std::string name;                  // "gpu_8x_h100_sxm5"
  std::string description;           // "8x H100 (80 GB SXM5)"
  std::string gpu_description;       // "H100 (80 GB SXM5)"
  std::optional<std::int32_t> gpus;  // specs.gpus, trusted over the texts
};

struct DescribedGpu {
  bool is_cpu_only = false;
  std::optional<Gpu> gpu;  // empty although not CPU only: the texts name no GPU
};

DescribedGpu describe_gpu(const TypeTexts& texts);

}  // namespace tally::lambda
