#include "store/json_columns.hpp"

#include <simdjson.h>

#include <boost/describe/members.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/mp11/algorithm.hpp>
#include <optional>
#include <stdexcept>
#include <utility>

#include "store/storable.hpp"

namespace tally {
namespace json = boost::json;
namespace dom = simdjson::dom;
namespace {

template <class T>
concept Described = boost::describe::has_describe_members<T>::value;

template <class T>
void for_each_member(auto&& visit) {
  using Members = boost::describe::describe_members<T, boost::describe::mod_public>;
  boost::mp11::mp_for_each<Members>([&](auto member) { visit(member.name, member.pointer); });
}

template <Described T>
json::object write(const T& value);

json::value write(const std::string& value) { return json::value(storable(value)); }
json::value write(bool value) { return value; }
json::value write(std::int32_t value) { return value; }
json::value write(std::int64_t value) { return value; }
json::value write(double value) { return value; }
template <class T>
json::array write(const std::vector<T>& list) {
  json::array out;
  out.reserve(list.size());
  for (const T& item : list) out.emplace_back(write(item));
  return out;
}

template <class T>
json::object write(const std::map<std::string, T>& map) {
  json::object out;
  for (const auto& [key, value] : map) out[storable(key)] = write(value);
  return out;
}

// A member goes under its name; sizes and money say their unit, what was not given is left out.
template <class T>
void put(json::object& out, const std::string& name, const T& value) {
  out[name] = write(value);
}
void put(json::object& out, const std::string& name, const std::string& value) {
  if (!value.empty()) out[name] = write(value);
}
template <class T>
void put(json::object& out, const std::string& name, const std::vector<T>& list) {
  if (!list.empty()) out[name] = write(list);
}
void put(json::object& out, const std::string& name, Bytes value) { out[name + "_bytes"] = value.count(); }
void put(json::object& out, const std::string& name, const Money& value) {
  out[name + "_nanos"] = value.nanos;
  out["currency"] = value.currency.code();
}
template <class T>
void put(json::object& out, const std::string& name, const std::optional<T>& value) {
  if (value) put(out, name, *value);
}

template <class T>
void put(json::object& out, const std::string& name, const Boxed<T>& value) {
  if (value) put(out, name, *value);
}

template <Described T>
json::object write(const T& value) {
  json::object out;
  for_each_member<T>([&](const char* name, auto pointer) { put(out, name, value.*pointer); });
  return out;
}

// Read with simdjson: Boost.JSON 1.81 reads some numbers off by one bit. Its errors are exceptions here.
template <Described T>
void read(dom::element in, T& value);

void read(dom::element in, std::string& value) { value = std::string_view(in); }
void read(dom::element in, bool& value) { value = in; }
void read(dom::element in, std::int64_t& value) { value = in; }
void read(dom::element in, std::int32_t& value) {
  const std::int64_t wide = in;
  if (!std::in_range<std::int32_t>(wide)) throw std::out_of_range("not a 32-bit number");
  value = static_cast<std::int32_t>(wide);
}
void read(dom::element in, double& value) { value = in; }
template <class T>
void read(dom::element in, std::vector<T>& list) {
  for (const dom::element item : dom::array(in)) read(item, list.emplace_back());
}
template <class T>
void read(dom::element in, std::map<std::string, T>& map) {
  for (const auto& [key, value] : dom::object(in)) read(value, map[std::string(key)]);
}

std::optional<dom::element> find(dom::object in, std::string_view name) {
  dom::element found;
  if (in.at_key(name).get(found) != simdjson::SUCCESS) return std::nullopt;
  return found;
}

template <class T>
void get(dom::object in, const std::string& name, T& value) {
  if (const auto found = find(in, name)) read(*found, value);
}
void get(dom::object in, const std::string& name, std::optional<Bytes>& value) {
  if (const auto found = find(in, name + "_bytes")) value = Bytes(std::int64_t(*found));
}
void get(dom::object in, const std::string& name, std::optional<Money>& value) {
  const auto nanos = find(in, name + "_nanos");
  if (!nanos) return;
  const auto currency = Currency::from_code(in["currency"].get_string().value());
  if (!currency) throw std::invalid_argument("unknown currency");
  value = Money{std::int64_t(*nanos), *currency};
}
template <class T>
void get(dom::object in, const std::string& name, std::optional<T>& value) {
  if (const auto found = find(in, name)) read(*found, value.emplace());
}

template <class T>
void get(dom::object in, const std::string& name, Boxed<T>& value) {
  if (const auto found = find(in, name)) read(*found, value.emplace());
}

template <Described T>
void read(dom::element in, T& value) {
  const dom::object object = in;
  for_each_member<T>([&](const char* name, auto pointer) { get(object, name, value.*pointer); });
}

}  // namespace

std::string to_json_text(const std::vector<std::string>& list) { return json::serialize(write(list)); }
std::string to_json_text(const std::vector<Gpu>& gpus) { return json::serialize(write(gpus)); }
std::string to_json_text(const std::vector<Storage>& storage) { return json::serialize(write(storage)); }
std::string to_json_text(const TypeAttributes& attributes) { return json::serialize(write(attributes)); }
std::string to_json_text(const InstanceAttributes& attributes) { return json::serialize(write(attributes)); }
std::string to_json_text(const std::map<std::string, std::string>& tags) { return json::serialize(write(tags)); }

template <class T>
T from_json_text(std::string_view text) {
  T value{};
  dom::parser parser;
  read(parser.parse(text.data(), text.size()), value);
  return value;
}

template std::vector<std::string> from_json_text(std::string_view text);
template std::vector<Gpu> from_json_text(std::string_view text);
template std::vector<Storage> from_json_text(std::string_view text);
template TypeAttributes from_json_text(std::string_view text);
template InstanceAttributes from_json_text(std::string_view text);
template std::map<std::string, std::string> from_json_text(std::string_view text);

}  // namespace tally
