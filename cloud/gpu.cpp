#include "cloud/gpu.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <vector>

namespace tally {
namespace {

struct Model {
  std::string_view name;
  std::string_view manufacturer;
  std::vector<int> sizes_gb;
};

const std::vector<Model>& models() {
  static const std::vector<Model> table = {
#define GPU(name, manufacturer, ...) {name, manufacturer, {__VA_ARGS__}},
#include "cloud/gpu_table.inc"
#undef GPU
  };
  return table;
}

// Other spellings of a whole model name.
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> spellings = {{
    {"A6000", "RTX A6000"},
    {"A5000", "RTX A5000"},
    {"A4000", "RTX A4000"},
    {"A4500", "RTX A4500"},
    {"RTX PRO SERVER 6000", "RTX PRO 6000"},
    {"QUADRO RTX 6000", "RTX 6000"},
    {"4090", "RTX 4090"},
    {"3090", "RTX 3090"},
}};

constexpr std::array<std::string_view, 12> vendor_words = {"NVIDIA",  "AMD",    "INTEL",    "TESLA",
                                                           "GEFORCE", "QUADRO", "INSTINCT", "HABANA",
                                                           "GOOGLE",  "GRACE",  "HOPPER",   "BLACKWELL"};

/// Upper-case words; control characters and punctuation separate them, `_` and `-` too ("A100-SXM4-80GB").
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) words.push_back(std::move(word));
    word.clear();
  };
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == 0x7f || c == '_' || c == '-' || c == '(' || c == ')' || c == ',') {
      end_word();
    } else {
      word.push_back(static_cast<char>(byte < 0x80 ? std::toupper(byte) : byte));
    }
  }
  end_word();
  return words;
}

/// "80GB", "80G" or, before a word "GB", "80".
std::optional<int> size_of(const std::string& word, bool is_before_unit) {
  int size = 0;
  const auto [end, failure] = std::from_chars(word.data(), word.data() + word.size(), size);
  if (failure != std::errc() || size <= 0 || size > 4096) return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(word.data() + word.size() - end));
  if (unit == "GB" || unit == "G" || unit == "GIB" || (unit.empty() && is_before_unit)) return size;
  return std::nullopt;
}

bool is_unit(const std::string& word) { return word == "GB" || word == "GIB"; }

/// How vendors spell the memory's kind.
std::optional<std::string> memory_kind_of(const std::string& word) {
  if (!word.starts_with("HBM") && !word.starts_with("GDDR")) return std::nullopt;
  std::string kind = word;
  if (kind.ends_with("E") && kind.starts_with("HBM")) kind.back() = 'e';
  return kind;
}

std::optional<std::string> network_of(const std::string& word) {
  if (word == "PCIE") return "PCIe";
  if (word == "NVLINK") return "NVLink";
  if (word.starts_with("SXM") || word == "NVL" || word == "OAM") return word;
  return std::nullopt;
}

std::string without_spaces(std::string_view text) {
  std::string squeezed(text);
  std::erase(squeezed, ' ');
  return squeezed;
}

/// Vendors disagree on the spaces in a name only: "RTX4000 Ada" is RTX 4000 ADA.
const Model* find_model(std::string_view name) {
  const auto& table = models();
  const std::string squeezed = without_spaces(name);
  const auto at = std::find_if(table.begin(), table.end(),
                               [&](const Model& model) { return without_spaces(model.name) == squeezed; });
  return at == table.end() ? nullptr : &*at;
}

std::string canonical(std::string name) {
  const auto* const at =
      std::find_if(spellings.begin(), spellings.end(), [&name](const auto& pair) { return pair.first == name; });
  return at == spellings.end() ? name : std::string(at->second);
}

/// The longest run of words from the front that names a model.
const Model* match(const std::vector<std::string>& words) {
  for (std::size_t count = words.size(); count > 0; --count) {
    std::string name;
    for (std::size_t i = 0; i < count; ++i) name += (i == 0 ? "" : " ") + words[i];
    if (const Model* model = find_model(canonical(std::move(name)))) return model;
  }
  return nullptr;
}

std::string manufacturer_of(std::string_view text) {
  const std::vector<std::string> words = words_of(text);
  const auto has = [&words](std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  if (has("NVIDIA") || has("TESLA") || has("GEFORCE") || has("RTX")) return "NVIDIA";
  if (has("AMD") || has("RADEON") || has("INSTINCT")) return "AMD";
  if (has("INTEL") || has("HABANA")) return "Intel";
  if (has("GOOGLE") || has("TPU")) return "Google";
  return "unknown";
}

}  // namespace

GpuName normalize_gpu(std::string_view vendor_text) {
  GpuName gpu;
  std::vector<std::string> rest;
  const std::vector<std::string> words = words_of(vendor_text);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    const bool is_before_unit = i + 1 < words.size() && is_unit(words[i + 1]);
    if (const auto size = size_of(word, is_before_unit)) {
      if (!gpu.memory_gb) gpu.memory_gb = size;
    } else if (auto kind = memory_kind_of(word)) {
      gpu.memory_details = std::move(*kind);
    } else if (auto network = network_of(word)) {
      if (gpu.network_details.empty()) gpu.network_details = std::move(*network);
    } else if (!is_unit(word) && std::find(vendor_words.begin(), vendor_words.end(), word) == vendor_words.end()) {
      rest.push_back(word);
    }
  }
  const Model* model = match(rest);
  gpu.is_known = model != nullptr;
  if (model != nullptr) {
    gpu.name = model->name;
    gpu.manufacturer = model->manufacturer;
    if (!gpu.memory_gb && model->sizes_gb.size() == 1) gpu.memory_gb = model->sizes_gb.front();
    return gpu;
  }
  for (const std::string& word : rest) gpu.name += (gpu.name.empty() ? "" : " ") + word;
  gpu.manufacturer = manufacturer_of(vendor_text);
  return gpu;
}

std::string normalize_manufacturer(std::string_view vendor_text) {
  std::string known = manufacturer_of(vendor_text);
  return known == "unknown" && !vendor_text.empty() ? std::string(vendor_text) : known;
}

std::optional<int> nominal_memory_gb(std::string_view gpu_name, std::int64_t memory_bytes) {
  const Model* model = find_model(gpu_name);
  if (model == nullptr) return std::nullopt;
  constexpr double tolerance = 0.12;  // GiB against GB is 7.4 %, and ECC takes up to 5 % more
  const double gb = static_cast<double>(memory_bytes) / 1e9;
  std::optional<int> nearest;
  for (const int size : model->sizes_gb) {
    if (std::abs(gb - size) > tolerance * size) continue;
    if (!nearest || std::abs(gb - size) < std::abs(gb - *nearest)) nearest = size;
  }
  return nearest;
}

}  // namespace tally
