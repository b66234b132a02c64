#include "providers/lambda/gpu_description.hpp"

#include <regex>

#include "cloud/gpu.hpp"

namespace tally::lambda {
namespace {

std::optional<std::string> first_match(const std::string& text, const std::regex& pattern) {
  std::smatch match;
  return std::regex_search(text, match, pattern) ? std::optional(match[1].str()) : std::nullopt;
}

std::string trimmed(const std::string& text) {
  constexpr const char* space = " ,x(";
  const auto begin = text.find_first_not_of(space);
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(" ,(") - begin + 1);
}

/// "H100" in "8x H100 (80 GB SXM5)" and in "H100 (80 GB SXM5)".
std::string name_in(const std::string& description) {
  static const std::regex after_count(R"(^\s*\d+x\s+(.*)$)");
  const std::string text = first_match(description, after_count).value_or(description);
  static const std::regex vendor(R"(^tesla\s+)", std::regex::icase);
  return std::regex_replace(trimmed(text.substr(0, text.find(" ("))), vendor, "");
}

/// "h100" in "gpu_8x_h100_sxm5".
std::string name_in_type(const std::string& type_name) {
  static const std::regex pattern(R"(^gpu_\d+x_([a-z0-9]+))");
  return first_match(type_name, pattern).value_or("");
}

/// What stands in the last parentheses: "80 GB SXM5".
std::string inside_parentheses(const std::string& description) {
  const auto end = description.rfind(')');
  if (end == std::string::npos) return {};
  const auto begin = description.rfind('(', end);
  return begin == std::string::npos ? std::string() : description.substr(begin + 1, end - begin - 1);
}

std::optional<int> number(const std::optional<std::string>& digits) {
  return digits && digits->size() <= 6 ? std::optional(std::stoi(*digits)) : std::nullopt;
}

}  // namespace

DescribedGpu describe_gpu(const TypeTexts& texts) {
  DescribedGpu result;
  if (texts.gpus == 0 || (!texts.gpus && texts.description.find("CPU") != std::string::npos)) {
    result.is_cpu_only = true;
    return result;
  }
  static const std::regex count_pattern(R"((\d+)x)");
  static const std::regex memory_pattern(R"((\d+) ?Gi?B)");
  const std::optional<int> described_count = number(first_match(texts.description, count_pattern));

  std::string model = name_in(texts.description);
  if (model.empty()) model = name_in(texts.gpu_description);
  if (model.empty() || model == "N/A") model = name_in_type(texts.name);
  const std::optional<int> count = texts.gpus.has_value() ? texts.gpus : described_count;
  if (model.empty() || !count) return result;

  std::string details = inside_parentheses(texts.description);
  if (details.empty()) details = inside_parentheses(texts.gpu_description);
  const GpuName name = normalize_gpu(model);
  Gpu gpu;
  gpu.count = *count;
  gpu.name = name.name;
  gpu.manufacturer = name.manufacturer == "unknown" ? "NVIDIA" : name.manufacturer;  // all that Lambda rents out
  gpu.memory_gb = number(first_match(details, memory_pattern));
  if (!gpu.memory_gb) gpu.memory_gb = name.memory_gb;
  if (gpu.memory_gb) gpu.memory = Bytes::of(*gpu.memory_gb, ByteUnit::gibibyte);
  gpu.network_details = trimmed(std::regex_replace(details, memory_pattern, ""));
  gpu.type = gpu.network_details.empty() ? model : model + "." + gpu.network_details;
  result.gpu = std::move(gpu);
  return result;
}

}  // namespace tally::lambda
