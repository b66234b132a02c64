#include "providers/lambda/gpu_description.hpp"

#include <boost/algorithm/string/predicate.hpp>
#include <string_view>

#include "cloud/gpu.hpp"
#include "cloud/gpu_words.hpp"
#include "runtime/number.hpp"

namespace tally::lambda {
namespace {

constexpr std::string_view digits = "0123456789";

/// A run of digits: where it begins and ends.
struct Run {
  std::size_t begin = 0;
  std::size_t end = 0;
  [[nodiscard]] std::string_view in(std::string_view text) const { return text.substr(begin, end - begin); }
};

std::optional<Run> next_digits(std::string_view text, std::size_t from) {
  const std::size_t begin = text.find_first_of(digits, from);
  if (begin == std::string_view::npos) return std::nullopt;
  return Run{begin, std::min(text.find_first_not_of(digits, begin), text.size())};
}

std::optional<int> number(std::string_view text) {
  constexpr std::size_t most_digits = 6;
  return text.size() > most_digits ? std::nullopt : parse_number<int>(text);
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" ,x(");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" ,(") - begin + 1);
}

/// The first number with an "x" behind it: 8 in "8x H100".
std::optional<int> count_in(std::string_view text) {
  for (auto run = next_digits(text, 0); run; run = next_digits(text, run->end)) {
    if (text.substr(run->end).starts_with('x')) return number(run->in(text));
  }
  return std::nullopt;
}

/// Without "8x " in front.
std::string_view after_count(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
  const auto run = next_digits(text, begin);
  if (!run || run->begin != begin || !text.substr(run->end).starts_with("x ")) return text;
  return text.substr(run->end + 1);
}

/// "H100 (80 GB SXM5)" in "8x H100 (80 GB SXM5)": the GPU and all that is said of it.
std::string_view gpu_in(std::string_view description) {
  std::string_view text = after_count(description);
  text.remove_prefix(std::min(text.find_first_not_of(" ,x"), text.size()));
  constexpr std::string_view vendor = "tesla ";
  if (boost::algorithm::istarts_with(text, vendor)) text.remove_prefix(vendor.size());
  return text;
}

/// "H100" in "H100 (80 GB SXM5)".
std::string_view name_in(std::string_view gpu) { return trimmed(gpu.substr(0, gpu.find('('))); }

/// "h100_sxm5" in "gpu_8x_h100_sxm5".
std::string_view gpu_in_type(std::string_view type_name) {
  constexpr std::string_view prefix = "gpu_";
  const auto run = next_digits(type_name, 0);
  if (!type_name.starts_with(prefix) || !run || run->begin != prefix.size()) return {};
  const std::string_view rest = type_name.substr(run->end);
  constexpr std::string_view between = "x_";
  if (!rest.starts_with(between)) return {};
  return rest.substr(between.size());
}

/// What stands in the last parentheses: "80 GB SXM5".
std::string_view inside_parentheses(std::string_view description) {
  const auto end = description.rfind(')');
  if (end == std::string_view::npos) return {};
  const auto begin = description.rfind('(', end);
  return begin == std::string_view::npos ? std::string_view() : description.substr(begin + 1, end - begin - 1);
}

struct Details {
  std::optional<int> memory_gb;
  std::string network;  // the rest
};

/// "80 GB SXM5", also "80GB" and "80 GiB", taken apart.
Details details_in(std::string_view text) {
  Details details;
  std::string rest;
  std::size_t at = 0;
  for (auto run = next_digits(text, 0); run; run = next_digits(text, run->end)) {
    std::string_view unit = text.substr(run->end);
    const std::size_t blank = unit.starts_with(' ') ? 1 : 0;
    unit.remove_prefix(blank);
    const std::size_t size = unit.starts_with("GB") ? 2 : unit.starts_with("GiB") ? 3 : 0;
    if (size == 0) continue;
    if (!details.memory_gb) details.memory_gb = number(run->in(text));
    rest += text.substr(at, run->begin - at);
    at = run->end + blank + size;
  }
  rest += text.substr(at);
  details.network = trimmed(rest);
  return details;
}

}  // namespace

DescribedGpu describe_gpu(const TypeTexts& texts) {
  DescribedGpu result;
  const std::string description = with_ascii_forms(texts.description);
  const std::string gpu_description = with_ascii_forms(texts.gpu_description);
  if (texts.gpus == 0 || (!texts.gpus && description.find("CPU") != std::string::npos)) {
    result.is_cpu_only = true;
    return result;
  }
  std::string_view all = gpu_in(description);
  if (name_in(all).empty()) all = gpu_in(gpu_description);
  if (name_in(all).empty() || name_in(all) == "N/A") all = gpu_in_type(texts.name);
  const std::string model(name_in(all));
  const std::optional<int> count = texts.gpus.has_value() ? texts.gpus : count_in(description);
  if (model.empty() || !count) return result;

  std::string_view inside = inside_parentheses(description);
  if (inside.empty()) inside = inside_parentheses(gpu_description);
  Details details = details_in(inside);
  std::string said(all);
  if (all.find('(') == std::string_view::npos) said.append(" ").append(inside);
  const GpuName name = normalize_gpu(said, details.memory_gb);
  Gpu gpu;
  gpu.count = *count;
  gpu.name = name.name;
  gpu.manufacturer = name.manufacturer == "unknown" ? "NVIDIA" : name.manufacturer;  // all that Lambda rents out
  gpu.memory_gb = details.memory_gb ? details.memory_gb : name.memory_gb;
  if (gpu.memory_gb) gpu.memory = Bytes::of(*gpu.memory_gb, ByteUnit::gibibyte);
  gpu.network_details = std::move(details.network);
  gpu.type = gpu.network_details.empty() ? model : model + "." + gpu.network_details;
  result.gpu = std::move(gpu);
  return result;
}

}  // namespace tally::lambda
