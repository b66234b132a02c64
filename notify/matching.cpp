#include "notify/matching.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "runtime/ascii.hpp"

namespace tally::notify {
namespace json = boost::json;

namespace {

std::string_view text_in(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

bool is_change_of(const json::object& event, std::string_view field) {
  return text_in(event, "kind") == "type_changed" && text_in(event, "field") == field;
}

/// What the fields of a new type say, which are the event's detail.
bool was_added_available(const json::object& event) {
  const json::value* detail = event.if_contains("detail");
  const json::object* fields = detail == nullptr ? nullptr : detail->if_object();
  const json::value* is_available = fields == nullptr ? nullptr : fields->if_contains("is_available");
  return is_available != nullptr && is_available->is_int64() && is_available->get_int64() == 1;
}

/// As far as the event alone says.
bool may_become_available(const json::object& event) {
  const std::string_view kind = text_in(event, "kind");
  if (is_change_of(event, "is_available")) return text_in(event, "new") == "1";
  return kind == "type_relisted" || (kind == "type_added" && was_added_available(event));
}

bool becomes_available(const Happening& happening) {
  const std::string_view kind = text_in(happening.event, "kind");
  if (!may_become_available(happening.event)) return false;
  if (kind == "type_added") return !happening.is_of_first_listing;
  return kind != "type_relisted" || (happening.is_available && !happening.is_told_apart);
}

/// A word that stands for some events, as far as the event alone says.
struct Word {
  std::string_view name;
  bool (*means)(const json::object& event);
};

constexpr std::string_view available = "available";

constexpr std::array words = {
    Word{available, may_become_available},
    Word{"sold_out",
         [](const json::object& event) { return is_change_of(event, "is_available") && text_in(event, "new") == "0"; }},
    Word{"price",
         [](const json::object& event) {
           return is_change_of(event, "price_nanos") || is_change_of(event, "price_nanos:spot");
         }},
    Word{"orphan",
         [](const json::object& event) {
           return text_in(event, "kind") == "orphan_found" || text_in(event, "kind") == "orphan_gone";
         }},
    Word{"failing", [](const json::object& event) { return text_in(event, "kind") == "credential_failing"; }},
    Word{"unreachable", [](const json::object& event) { return text_in(event, "kind") == "probe_failed"; }},
    Word{"host_key", [](const json::object& event) { return text_in(event, "kind") == "hostkey_changed"; }},
};

bool means(std::string_view name, const json::object& event) {
  const auto word = std::find_if(words.begin(), words.end(), [&](const Word& each) { return each.name == name; });
  return word == words.end() ? text_in(event, "kind") == name : word->means(event);
}

}  // namespace

bool may_match(const Rule& rule, const json::object& event) {
  if (!rule.credential.empty() && text_in(event, "credential") != rule.credential) return false;
  return std::any_of(rule.events.begin(), rule.events.end(),
                     [&event](const std::string& name) { return means(name, event); });
}

bool matches(const Rule& rule, const Happening& happening) {
  if (!may_match(rule, happening.event)) return false;
  const auto is_meant = [&happening](const std::string& name) {
    return name == available ? becomes_available(happening) : means(name, happening.event);
  };
  if (std::none_of(rule.events.begin(), rule.events.end(), is_meant)) return false;
  if (!rule.gpu.empty() && std::none_of(happening.gpus.begin(), happening.gpus.end(),
                                        [&rule](const std::string& gpu) { return ascii::iequals(gpu, rule.gpu); })) {
    return false;
  }
  if (rule.max_price && (!happening.price_per_hour || *happening.price_per_hour > *rule.max_price)) return false;
  if (!rule.tag) return true;
  const auto tag = happening.tags.find(rule.tag->first);
  return tag != happening.tags.end() && tag->second == rule.tag->second;
}

}  // namespace tally::notify
