// GPU names: one spelling for every vendor, so that offers of different clouds meet. Pure; the table is gpu_table.inc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tally {

struct GpuName {
  std::string name;              // base model, upper case, without vendor and memory: "H100", "RTX A6000"
  std::optional<int> memory_gb;  // nominal VRAM when the text states one that the model has, or when it has one only
  std::string memory_details;    // "HBM3", ... from the text; "" when not stated
  std::string network_details;   // "PCIe", "SXM5", "NVL", ... from the text; "" when not stated
  std::string manufacturer;      // "NVIDIA", "AMD", "Intel", "Google"; "unknown" when neither table nor text tells
  bool is_known = false;         // the model is in the table; else `name` is the text, cleaned
};

/// Normalises what a vendor calls a GPU: "NVIDIA H100 80GB HBM3" gives H100, 80, HBM3. The text is all that the vendor
/// says of it: the name, what stands in parentheses, the interconnect ("H100 mig"); `stated_gb` is the VRAM of one
/// where the vendor states it apart. All of the text must be a model's name, but for words that make no other product
/// of it; what goes on ("L40 XYZ"), and a part of a GPU ("A10-4Q", "A100 1g.10gb", "1/2 A10", less memory than the
/// model has), is not known. Of a long text the first limits::text bytes.
GpuName normalize_gpu(std::string_view vendor_text, std::optional<int> stated_gb = std::nullopt);

/// Whether a name of ours is a model of the table, or says which part of one it is: "L4", "L4 1/8".
bool is_known_gpu(std::string_view name);

/// "NVIDIA" for "nvidia"; a maker that we do not know keeps its text, none is "unknown".
std::string normalize_manufacturer(std::string_view vendor_text);

/// The nominal size in GB for an exact VRAM in bytes, by model: vendors that report exact MiB are a little below or
/// above it. Nothing when the model is not known to come in a size near that.
std::optional<int> nominal_memory_gb(std::string_view gpu_name, std::int64_t memory_bytes);

}  // namespace tally
