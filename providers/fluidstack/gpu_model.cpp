#include "providers/fluidstack/gpu_model.hpp"

#include <algorithm>
#include <boost/algorithm/string/classification.hpp>
#include <boost/algorithm/string/split.hpp>
#include <vector>

#include "cloud/gpu.hpp"
#include "runtime/ascii.hpp"

namespace tally::fluidstack {
namespace {

/// 80 of "80GB".
std::optional<int> size_in(const std::string& word) {
  if (!word.ends_with("GB") || word.size() > 7 || word.size() < 3) return std::nullopt;
  const std::string digits = word.substr(0, word.size() - 2);
  if (!std::all_of(digits.begin(), digits.end(), ascii::is_digit)) return std::nullopt;
  const int size = std::stoi(digits);
  return size > 0 ? std::optional(size) : std::nullopt;
}

/// GH100, AD102, TU104: the silicon, which several models share.
bool is_chip(const std::string& word) {
  return word.size() == 5 && ascii::is_upper(word[0]) && ascii::is_upper(word[1]) && ascii::is_digit(word[2]) &&
         ascii::is_digit(word[3]) && ascii::is_digit(word[4]);
}

bool is_connection(const std::string& word) {
  const bool is_sxm = word.starts_with("SXM") && std::all_of(word.begin() + 3, word.end(), ascii::is_digit);
  return is_sxm || word == "PCIE" || word == "NVL" || word == "NVLINK" || word == "OAM";
}

/// Of a model that our table does not have: by the beginnings that its makers use.
std::string maker_of(const std::string& name) {
  const auto begins = [&name](std::string_view family) {
    return name.starts_with(family) && name.size() > family.size() &&
           (ascii::is_digit(name[family.size()]) || name[family.size()] == ' ');
  };
  if (begins("MI")) return "AMD";
  if (name.starts_with("GAUDI")) return "Intel";
  for (const char* family : {"A", "B", "GB", "GH", "H", "L", "RTX", "T", "V"}) {
    if (begins(family)) return "NVIDIA";
  }
  return "unknown";
}

Gpu gpu_of_words(std::vector<std::string> words) {
  Gpu gpu;
  std::erase_if(words, [](const std::string& word) { return word.empty(); });
  if (!words.empty() && size_in(words.back())) {
    gpu.memory_gb = size_in(words.back());
    words.pop_back();
  }
  std::vector<std::string> names;
  for (const std::string& word : words) {
    if (is_connection(word)) {
      gpu.network_details = word == "PCIE" ? "PCIe" : word;
    } else {
      names.push_back(word);
    }
  }
  if (names.size() > 1 && is_chip(names.front())) names.erase(names.begin());
  std::string text;
  for (const std::string& word : names) text += (text.empty() ? "" : " ") + word;
  if (text.empty()) text = "GPU";
  const GpuName name = normalize_gpu(text + " " + gpu.network_details, gpu.memory_gb);
  gpu.name = name.name.empty() ? text : name.name;
  if (!gpu.memory_gb) gpu.memory_gb = name.memory_gb;
  if (gpu.memory_gb) gpu.memory = Bytes::of(*gpu.memory_gb, ByteUnit::gibibyte);  // nominal, as marketed
  gpu.memory_details = name.memory_details;
  gpu.manufacturer = name.is_known ? name.manufacturer : maker_of(text);
  return gpu;
}

std::vector<std::string> words_of(std::string text, const char* separators) {
  text = ascii::upper(text);
  std::vector<std::string> words;
  boost::algorithm::split(words, text, boost::algorithm::is_any_of(separators));
  return words;
}

}  // namespace

Gpu gpu_of_model(const std::string& model) {
  Gpu gpu = gpu_of_words(words_of(model, "_"));
  gpu.type = model;
  return gpu;
}

Gpu gpu_of_type_name(std::string_view type) {
  std::vector<std::string> words = words_of(std::string(type.substr(0, type.find('.'))), "-_");
  std::erase(words, "HGX");
  return gpu_of_words(std::move(words));
}

bool is_with_arm(const Gpu& gpu) { return gpu.name.starts_with("GH") || gpu.name.starts_with("GB"); }

}  // namespace tally::fluidstack
