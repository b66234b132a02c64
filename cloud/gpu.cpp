#include "cloud/gpu.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <vector>

#include "cloud/gpu_words.hpp"
#include "cloud/limits.hpp"
#include "runtime/ascii.hpp"
#include "runtime/contains.hpp"
#include "runtime/number.hpp"
#include "runtime/text.hpp"

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
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> spellings = {{
    {"RTX6000PRO", "RTX PRO 6000"},
    {"RTX6000BLACKWELL", "RTX PRO 6000"},
}};

// What may stand beside a model's name without making it another product.
constexpr std::array<std::string_view, 33> harmless_words = {
    "NVIDIA", "AMD", "INTEL", "GOOGLE", "HABANA", "TESLA", "GEFORCE", "QUADRO", "INSTINCT", "GRACE", "GPU", "GPUS",
    "HGX", "DGX", "CARD", "ACCELERATOR", "GENERATION", "DATA", "CENTER", "GB", "GIB", "EDITION", "WORKSTATION",
    "SERVER", "VRAM",
    // How GPUs and machines are connected.
    "GDR", "RDMA", "NVSWITCH", "INFINIBAND", "IB", "ROCE", "ETHERNET", "NONE"};

// The same, but for the RTX cards of several generations that differ by this word alone.
constexpr std::array<std::string_view, 7> generations = {"BLACKWELL", "HOPPER", "LOVELACE", "AMPERE",
                                                         "TURING",    "VOLTA",  "PASCAL"};

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// "80GB", "80G" or, before a word "GB", "80".
std::optional<int> size_of(std::string_view word, bool is_before_unit) {
  constexpr int largest = 1024;
  int size = 0;
  const auto [end, failure] = std::from_chars(word.data(), word.data() + word.size(), size);
  if (failure != std::errc() || size <= 0 || size > largest) return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(word.data() + word.size() - end));
  if (unit == "GB" || unit == "G" || unit == "GIB" || (unit.empty() && is_before_unit)) return size;
  return std::nullopt;
}

/// How vendors spell the memory's kind.
std::optional<std::string> memory_kind_of(const std::string& word) {
  if (!word.starts_with("HBM") && !word.starts_with("GDDR") && !word.starts_with("LPDDR")) return std::nullopt;
  std::string kind = word;
  if (kind.ends_with("E") && kind.starts_with("HBM")) kind.back() = 'e';
  return kind;
}

/// "SXM", "SXM5", ... of a kind with or without a number.
bool is_numbered(std::string_view word, std::string_view kind) {
  return word.starts_with(kind) && (word == kind || is_number(word.substr(kind.size())));
}

std::optional<std::string> network_of(std::string word) {
  constexpr std::string_view direct = "GDR";  // "SXM5GDR"
  if (word.starts_with("SXM") && word.ends_with(direct)) word.resize(word.size() - direct.size());
  if (is_numbered(word, "PCIE")) return "PCIe";
  if (word == "NVLINK") return "NVLink";
  if (is_numbered(word, "SXM") || is_numbered(word, "NVL") || word == "OAM") return word;
  return std::nullopt;
}

/// A word that says that less than a whole GPU is meant: "MIG", "1G.10GB", "4Q" of "A10-4Q", "1/2".
bool names_slice(std::string_view word) {
  constexpr std::array<std::string_view, 3> kinds = {"MIG", "VGPU", "GRID"};
  const std::size_t digits = std::min(word.find_first_not_of("0123456789"), word.size());
  const std::string_view rest = word.substr(digits);
  const bool is_profile =
      digits > 0 && (rest.starts_with("G.") || rest == "Q" || rest == "C" || rest == "B" || rest == "A");
  return contains(kinds, word) || is_profile || (digits > 0 && rest.starts_with('/'));
}

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += between;
    text += word;
  }
  return text;
}

/// What the words of a text say, apart from the model's name.
struct Parts {
  std::vector<std::string> name;  // the words that are none of what follows
  std::vector<int> sizes;
  std::string memory_details;
  std::string network_details;
};

class PartsReader {
 public:
  explicit PartsReader(const std::vector<std::string>& words) : words_(words) {}

  Parts read() && {
    skip_count();
    while (at_ < words_.size()) read_word();
    return std::move(parts_);
  }

 private:
  [[nodiscard]] std::string_view next() const { return at_ + 1 < words_.size() ? words_[at_ + 1] : std::string_view(); }

  /// "8x" or "8 x" in front.
  void skip_count() {
    if (words_.empty()) return;
    const std::string_view first = words_.front();
    if (first.ends_with('X') && is_number(first.substr(0, first.size() - 1))) at_ = 1;
    if (is_number(first) && next() == "X") at_ = 2;
  }

  void read_word() {
    const std::string& word = words_[at_];
    const bool is_before_unit = next() == "GB" || next() == "GIB";
    if (const auto size = size_of(word, is_before_unit)) {
      parts_.sizes.push_back(*size);
    } else if (auto kind = memory_kind_of(word)) {
      if (parts_.memory_details.empty()) parts_.memory_details = std::move(*kind);
    } else if (auto network = network_of(word)) {
      read_network(std::move(*network));
    } else if (word == "TENSOR" && (next() == "CORE" || next() == "CORES")) {
      ++at_;
    } else if (!contains(harmless_words, word)) {
      parts_.name.push_back(word);
    }
    ++at_;
  }

  /// "NVL 72" is NVL72; "PCIe 5.0" and "PCIe Gen5" are PCIe.
  void read_network(std::string network) {
    constexpr std::array<std::string_view, 6> versions = {"GEN3", "GEN4", "GEN5", "3.0", "4.0", "5.0"};
    const bool is_size = at_ + 2 < words_.size() && size_of(next(), words_[at_ + 2] == "GB");
    if (network == "NVL" && is_number(next()) && !is_size) network += words_[++at_];
    if (network == "PCIe" && contains(versions, next())) ++at_;
    if (parts_.network_details.empty()) parts_.network_details = std::move(network);
  }

  const std::vector<std::string>& words_;
  std::size_t at_ = 0;
  Parts parts_;
};

std::string without_spaces(std::string_view text) {
  std::string squeezed(text);
  std::erase(squeezed, ' ');
  return squeezed;
}

/// Models by their names without spaces: vendors disagree on these ("RTX4000 Ada" is RTX 4000 ADA).
const std::map<std::string, const Model*, std::less<>>& models_by_name() {
  static const auto index = [] {
    std::map<std::string, const Model*, std::less<>> by_name;
    for (const Model& model : models()) by_name.emplace(without_spaces(model.name), &model);
    for (const auto& [spelling, name] : spellings) by_name.emplace(spelling, by_name.at(without_spaces(name)));
    return by_name;
  }();
  return index;
}

/// "6000" and the like, which without a further word is of no certain generation.
bool is_bare_thousand(std::string_view name) { return name.size() == 4 && is_number(name) && name.ends_with("000"); }

/// All of the name, which has no spaces, must be the model's; its "RTX" or "GTX" may be left out ("A6000", "4090").
const Model* find_model(const std::string& name) {
  const auto& known = models_by_name();
  if (const auto at = known.find(name); at != known.end()) return at->second;
  if (is_bare_thousand(name)) return nullptr;
  for (const char* series : {"RTX", "GTX"}) {
    if (const auto at = known.find(series + name); at != known.end()) return at->second;
  }
  return nullptr;
}

/// "GH100": the chip before a model's name, as in "GH100_H100_SXM5_80GB".
bool is_chip(std::string_view word) {
  return word.size() == 5 && ascii::is_letter(word[0]) && ascii::is_letter(word[1]) && is_number(word.substr(2));
}

const Model* match(std::vector<std::string> words) {
  if (const Model* model = find_model(joined(words, ""))) return model;
  if (words.size() > 1 && is_chip(words.front())) words.erase(words.begin());
  const std::size_t count = words.size();
  std::erase_if(words, [](const std::string& word) { return contains(generations, word); });
  const std::string name = joined(words, "");
  const bool tells_generations_apart = name.starts_with("RTX") && is_bare_thousand(std::string_view(name).substr(3));
  return words.size() < count && tells_generations_apart ? nullptr : find_model(name);
}

std::string manufacturer_of(const std::vector<std::string>& words) {
  const auto has = [&words](std::string_view word) { return contains(words, word); };
  if (has("NVIDIA") || has("TESLA") || has("GEFORCE") || has("RTX") || has("GTX")) return "NVIDIA";
  if (has("AMD") || has("RADEON") || has("INSTINCT")) return "AMD";
  if (has("INTEL") || has("HABANA")) return "Intel";
  if (has("GOOGLE") || has("TPU")) return "Google";
  for (const std::string& word : words) {
    if (const Model* model = find_model(word)) return std::string(model->manufacturer);
  }
  return "unknown";
}

std::vector<std::string> words_of(std::string_view text) {
  return gpu_words(with_ascii_forms(cut(text, limits::text)));
}

constexpr double tolerance = 0.12;  // GiB against GB is 7.4 %, and ECC takes up to 5 % more

bool is_about(double gb, int size) { return std::abs(gb - size) <= tolerance * size; }

bool comes_with(const Model& model, int gb) {
  return std::any_of(model.sizes_gb.begin(), model.sizes_gb.end(), [gb](int size) { return is_about(gb, size); });
}

/// Less memory than the smallest of the model has: a part of one is meant.
bool is_part_of(const Model& model, const std::vector<int>& stated_gb) {
  const int least = *std::min_element(model.sizes_gb.begin(), model.sizes_gb.end());
  return std::any_of(stated_gb.begin(), stated_gb.end(),
                     [least](int gb) { return gb < least && !is_about(gb, least); });
}

/// What is more than the model has is not its own memory: the host's, or that of several.
std::optional<int> memory_of(const Model& model, const std::vector<int>& stated_gb) {
  const auto own = std::find_if(stated_gb.begin(), stated_gb.end(), [&](int gb) { return comes_with(model, gb); });
  if (own != stated_gb.end()) return *own;
  return model.sizes_gb.size() == 1 ? std::optional(model.sizes_gb.front()) : std::nullopt;
}

/// Of a GPU that is not in the table: the text's words, cleaned.
GpuName unknown_gpu(const std::vector<std::string>& words, const Parts& parts, bool is_part) {
  GpuName gpu;
  std::vector<std::string> name = parts.name;
  if (is_part) {
    for (const int gb : parts.sizes) name.push_back(std::to_string(gb) + "GB");
  }
  gpu.name = joined(name.empty() ? words : name, " ");
  gpu.manufacturer = manufacturer_of(words);
  if (!parts.sizes.empty() && std::none_of(name.begin(), name.end(), names_slice)) gpu.memory_gb = parts.sizes.front();
  return gpu;
}

}  // namespace

GpuName normalize_gpu(std::string_view vendor_text, std::optional<int> stated_gb) {
  const std::vector<std::string> words = words_of(vendor_text);
  Parts parts = PartsReader(words).read();
  const auto is_stated = [&](int gb) { return gb == *stated_gb; };
  if (stated_gb && std::none_of(parts.sizes.begin(), parts.sizes.end(), is_stated)) parts.sizes.push_back(*stated_gb);
  const Model* model = match(parts.name);
  const bool is_part = model != nullptr && is_part_of(*model, parts.sizes);
  GpuName gpu;
  if (model == nullptr || is_part) {
    gpu = unknown_gpu(words, parts, is_part);
  } else {
    gpu.name = model->name;
    gpu.manufacturer = model->manufacturer;
    gpu.memory_gb = memory_of(*model, parts.sizes);
    gpu.is_known = true;
  }
  gpu.memory_details = std::move(parts.memory_details);
  gpu.network_details = std::move(parts.network_details);
  return gpu;
}

bool is_known_gpu(std::string_view name) {
  constexpr std::string_view part = " 1/";
  const std::size_t at = name.rfind(part);
  const bool names_part = at != std::string_view::npos && parse_number<unsigned>(name.substr(at + part.size()));
  return normalize_gpu(names_part ? name.substr(0, at) : name).is_known;
}

std::string normalize_manufacturer(std::string_view vendor_text) {
  std::string known = manufacturer_of(words_of(vendor_text));
  return known == "unknown" && !vendor_text.empty() ? std::string(vendor_text) : known;
}

std::optional<int> nominal_memory_gb(std::string_view gpu_name, std::int64_t memory_bytes) {
  const Model* model = find_model(without_spaces(gpu_name));
  if (model == nullptr) return std::nullopt;
  const double gb = static_cast<double>(memory_bytes) / 1e9;
  std::optional<int> nearest;
  for (const int size : model->sizes_gb) {
    if (!is_about(gb, size)) continue;
    if (!nearest || std::abs(gb - size) < std::abs(gb - *nearest)) nearest = size;
  }
  return nearest;
}

}  // namespace tally
