#include "simcloud/control.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>

namespace tally::simcloud {
namespace json = boost::json;
namespace {

Reply answer(int status, const json::value& body) {
  Reply reply;
  reply.status = status;
  reply.body = json::serialize(body);
  return reply;
}

Reply wrong(const std::string& why) { return answer(400, json::object{{"error", why}}); }

template <class T>
T get(const json::object& object, const char* key, T otherwise) {
  const json::value* value = object.if_contains(key);
  return value == nullptr ? std::move(otherwise) : json::value_to<T>(*value);
}

Reply add_fault(Controlled& state, const std::string& body) {
  try {
    const json::object object = json::parse(body).as_object();
    Fault fault;
    fault.kind = get<std::string>(object, "kind", "");
    fault.path = get<std::string>(object, "path", "");
    fault.skip = get<int>(object, "skip", 0);
    fault.count = get<int>(object, "count", 1);
    fault.status = get<int>(object, "status", 503);
    fault.body = get<std::string>(object, "body", "");
    fault.delay = std::chrono::milliseconds(get<int>(object, "ms", 0));
    fault.retry_after = get<std::string>(object, "retry_after", "");
    const auto& kinds = fault_kinds();
    if (std::find(kinds.begin(), kinds.end(), fault.kind) == kinds.end()) return wrong("unknown kind of fault");
    state.faults.add(std::move(fault));
    return answer(200, json::object{});
  } catch (const std::exception& error) {
    return wrong(error.what());
  }
}

Reply disturb_ssh(World& world, const std::string& body) {
  try {
    const json::object object = json::parse(body).as_object();
    const std::string name = get<std::string>(object, "fault", "");
    const std::string only = get<std::string>(object, "instance", "");
    const std::optional<SshFault> fault = ssh_fault_from(name);
    const bool is_new_key = name == "host_key";
    if (!fault && !is_new_key) return wrong("unknown kind of fault");
    if (!only.empty() && world.find_machine(only) == nullptr) return wrong("no such instance");
    for (const auto& [id, known] : world.machines()) {
      if (!only.empty() && id != only) continue;
      Machine& machine = *world.find_machine(id);
      if (is_new_key) ++machine.installations;
      if (fault) machine.ssh_fault = *fault;
    }
    return answer(200, json::object{});
  } catch (const std::exception& error) {
    return wrong(error.what());
  }
}

Reply step(Controlled& state, const std::string& body) {
  try {
    const int count = body.empty() ? 1 : get<int>(json::parse(body).as_object(), "n", 1);
    for (int i = 0; i < count; ++i) state.world.step();
    return answer(200, json::object{});
  } catch (const std::exception& error) {
    return wrong(error.what());
  }
}

/// The state as a catalog should have it.
Reply truth(const World& world) {
  json::array machines;
  for (const auto& [id, machine] : world.machines()) {
    machines.push_back({{"id", id},
                        {"status", to_string(machine.status)},
                        {"ip", machine.address},
                        {"ssh_fault", to_string(machine.ssh_fault)},
                        {"installations", machine.installations}});
  }
  json::array types;
  for (const SaleItem& item : world.sale()) {
    if (!item.is_listed) continue;
    json::array regions;
    for (const std::size_t region : item.regions_with_capacity) regions.emplace_back(world.regions()[region].name);
    types.push_back({{"name", item.shape.name}, {"cents", item.shape.price_cents}, {"regions", regions}});
  }
  return answer(200, json::object{{"instances", machines}, {"types", types}});
}

}  // namespace

Reply control(Controlled& state, const Asked& asked) {
  const std::string what = asked.method + " " + asked.path;
  if (what == "GET /control/ready") return answer(200, json::object{});
  if (what == "POST /control/fault") return add_fault(state, asked.body);
  if (what == "DELETE /control/fault") {
    state.faults.clear();
    return answer(200, json::object{});
  }
  if (what == "POST /control/ssh") return disturb_ssh(state.world, asked.body);
  if (what == "POST /control/step") return step(state, asked.body);
  if (what == "POST /control/poll2") {
    state.is_second_poll = true;
    return answer(200, json::object{});
  }
  if (what == "GET /control/truth") return truth(state.world);
  if (what == "GET /control/counters") {
    json::object counters;
    for (const auto& [path, count] : state.requests) counters[path] = count;
    return answer(200, counters);
  }
  return answer(404, json::object{{"error", "no such control: " + what}});
}

}  // namespace tally::simcloud
