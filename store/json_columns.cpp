#include "store/json_columns.hpp"

#include <boost/describe/members.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>
#include <boost/mp11/algorithm.hpp>
#include <stdexcept>

namespace tally {
namespace json = boost::json;
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

json::value write(const std::string& value) { return json::value(value); }
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

// A member goes under its name; sizes and money say their unit, what was not given is left out.
template <class T>
void put(json::object& out, const std::string& name, const T& value) {
  out[name] = write(value);
}
void put(json::object& out, const std::string& name, const std::string& value) {
  if (!value.empty()) out[name] = value;
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

template <Described T>
json::object write(const T& value) {
  json::object out;
  for_each_member<T>([&](const char* name, auto pointer) { put(out, name, value.*pointer); });
  return out;
}

template <Described T>
void read(const json::value& in, T& value);

void read(const json::value& in, std::string& value) { value = json::value_to<std::string>(in); }
void read(const json::value& in, bool& value) { value = in.as_bool(); }
void read(const json::value& in, std::int32_t& value) { value = in.to_number<std::int32_t>(); }
void read(const json::value& in, std::int64_t& value) { value = in.to_number<std::int64_t>(); }
void read(const json::value& in, double& value) { value = in.to_number<double>(); }
template <class T>
void read(const json::value& in, std::vector<T>& list) {
  for (const json::value& item : in.as_array()) read(item, list.emplace_back());
}
void read(const json::value& in, std::map<std::string, std::string>& map) {
  for (const auto& [key, value] : in.as_object()) map.emplace(key, json::value_to<std::string>(value));
}

template <class T>
void get(const json::object& in, const std::string& name, T& value) {
  if (const json::value* found = in.if_contains(name)) read(*found, value);
}
void get(const json::object& in, const std::string& name, std::optional<Bytes>& value) {
  if (const json::value* found = in.if_contains(name + "_bytes")) value = Bytes(found->to_number<std::int64_t>());
}
void get(const json::object& in, const std::string& name, std::optional<Money>& value) {
  const json::value* nanos = in.if_contains(name + "_nanos");
  if (nanos == nullptr) return;
  const auto currency = Currency::from_code(json::value_to<std::string>(in.at("currency")));
  if (!currency) throw std::invalid_argument("unknown currency");
  value = Money{nanos->to_number<std::int64_t>(), *currency};
}
template <class T>
void get(const json::object& in, const std::string& name, std::optional<T>& value) {
  if (const json::value* found = in.if_contains(name)) read(*found, value.emplace());
}

template <Described T>
void read(const json::value& in, T& value) {
  const json::object& object = in.as_object();
  for_each_member<T>([&](const char* name, auto pointer) { get(object, name, value.*pointer); });
}

}  // namespace

std::string to_json_text(const std::vector<std::string>& list) { return json::serialize(write(list)); }
std::string to_json_text(const std::vector<Gpu>& gpus) { return json::serialize(write(gpus)); }
std::string to_json_text(const std::vector<Storage>& storage) { return json::serialize(write(storage)); }
std::string to_json_text(const TypeAttributes& attributes) { return json::serialize(write(attributes)); }
std::string to_json_text(const InstanceAttributes& attributes) { return json::serialize(write(attributes)); }
std::string to_json_text(const std::map<std::string, std::string>& tags) {
  json::object out;
  for (const auto& [key, value] : tags) out[key] = value;
  return json::serialize(out);
}

template <class T>
T from_json_text(std::string_view text) {
  T value{};
  read(json::parse(json::string_view(text.data(), text.size())), value);
  return value;
}

template std::vector<std::string> from_json_text(std::string_view text);
template std::vector<Gpu> from_json_text(std::string_view text);
template std::vector<Storage> from_json_text(std::string_view text);
template TypeAttributes from_json_text(std::string_view text);
template InstanceAttributes from_json_text(std::string_view text);
template std::map<std::string, std::string> from_json_text(std::string_view text);

}  // namespace tally
