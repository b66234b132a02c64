#include "providers/sfcompute/sku_book.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <set>
#include <utility>

namespace tally::sfcompute {
namespace {

constexpr std::size_t most_remembered = 1'000;  // further SKUs are named anew with each answer

/// A region, and what a type there is called.
using Place = std::pair<std::string, std::string>;

std::string text_at(const boost::json::array& list, std::size_t index) {
  const auto* text = index < list.size() ? list[index].if_string() : nullptr;
  return text == nullptr ? std::string() : std::string(*text);
}

/// The first of its possible names that no other SKU has there.
std::string free_name(const std::string& id, const Sku& sku, bool is_alone, std::set<Place>& taken) {
  const std::string& kind = sku.type.type;
  const auto is_free = [&](const std::string& name) { return taken.emplace(sku.type.location, name).second; };
  if (is_alone && is_free(kind)) return kind;
  std::string by_alias = kind + "." + sku.alias;
  if (!sku.alias.empty() && is_free(by_alias)) return by_alias;
  return kind + "." + id;
}

}  // namespace

SkuBook::SkuBook(const std::string& kept) {
  boost::system::error_code failure;
  const boost::json::value document = boost::json::parse(kept, failure);
  if (failure || !document.is_object()) return;
  for (const auto& [id, value] : document.get_object()) {
    const auto* list = value.if_array();
    if (list == nullptr) continue;
    SkuName name{text_at(*list, 0), text_at(*list, 1), text_at(*list, 2)};
    const bool is_whole = !name.location.empty() && !name.kind.empty() && !name.type.empty();
    if (is_whole && names_.size() < most_remembered) names_.emplace(std::string(id), std::move(name));
  }
}

void SkuBook::name(SkuTable& table) {
  // Who is somewhere else, or of another kind, is another type: it is named anew.
  for (const auto& [id, sku] : table.skus) {
    const auto known = names_.find(id);
    const bool is_same =
        known != names_.end() && known->second.location == sku.type.location && known->second.kind == sku.type.type;
    if (known != names_.end() && !is_same) names_.erase(known);
  }
  std::map<Place, int> count;
  std::set<Place> taken;
  for (const auto& [id, name] : names_) {
    ++count[{name.location, name.kind}];
    taken.emplace(name.location, name.type);
  }
  for (const auto& [id, sku] : table.skus) {
    if (!names_.contains(id)) ++count[{sku.type.location, sku.type.type}];
  }
  for (auto& [id, sku] : table.skus) {
    SkuName name{sku.type.location, sku.type.type, ""};
    const auto known = names_.find(id);
    name.type =
        known != names_.end() ? known->second.type : free_name(id, sku, count[{name.location, name.kind}] == 1, taken);
    sku.type.type = name.type;
    sku.type.id = make_instance_type_id(sku.type);
    table.names.emplace(id, std::move(name));
  }
  for (Rejected& row : table.rejected) {
    if (const auto known = names_.find(row.id); known != names_.end()) table.names.insert(*known);
    if (const auto named = table.names.find(row.id); named != table.names.end()) row.id = named->second.type_id().str();
  }
  remember(table);
}

/// Those that are not there any more make room for new ones.
void SkuBook::remember(const SkuTable& table) {
  const std::map<std::string, SkuName> before = std::exchange(names_, {});
  for (const bool is_old : {true, false}) {
    for (const auto& [id, name] : table.names) {
      if (before.contains(id) == is_old && names_.size() < most_remembered) names_.emplace(id, name);
    }
  }
  for (const auto& [id, name] : before) {
    if (names_.size() < most_remembered) names_.emplace(id, name);
  }
}

std::string SkuBook::to_text() const {
  boost::json::object document;
  for (const auto& [id, name] : names_) document[id] = boost::json::array{name.location, name.kind, name.type};
  return boost::json::serialize(document);
}

}  // namespace tally::sfcompute
