#include "simcloud/control.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>
#include <stdexcept>

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
    state.faults.add(read_fault(body));
    return answer(200, json::object{});
  } catch (const std::invalid_argument& error) {
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

Reply set_stock(Market& market, const json::object& body) {
  const auto shape = market.find_shape(get<std::string>(body, "type", ""));
  const auto region = market.find_region(get<std::string>(body, "region", ""));
  if (!shape || !region) return wrong("no such type or region");
  market.set_stock(*shape, *region, get<bool>(body, "available", true));
  return answer(200, json::object{});
}

Reply set_quota(World& world, const json::object& body) {
  world.set_gpu_quota(get<int>(body, "gpus", world.gpu_quota()));
  return answer(200, json::object{});
}

Reply set_status(World& world, const json::object& body) {
  Machine* machine = world.find_machine(get<std::string>(body, "instance", ""));
  const auto status = status_from(get<std::string>(body, "status", ""));
  if (machine == nullptr || !status) return wrong("no such instance or status");
  machine->status = *status;
  machine->age = 0;
  return answer(200, json::object{});
}

template <class Subject>
Reply change(Subject& subject, const std::string& body, Reply (*what)(Subject&, const json::object&)) {
  try {
    return what(subject, json::parse(body).as_object());
  } catch (const std::exception& error) {
    return wrong(error.what());
  }
}

/// Of each thing its ID and name.
template <class Things>
json::array names_of(const Things& things) {
  json::array names;
  for (const auto& [id, thing] : things) names.push_back({{"id", id}, {"name", thing.name}});
  return names;
}

json::object counts_of(const std::map<std::string, int>& counts) {
  json::object counters;
  for (const auto& [what, count] : counts) counters[what] = count;
  return counters;
}

Reply truth(World& world) {
  json::array machines;
  for (const auto& [id, machine] : world.machines()) {
    machines.push_back({{"id", id},
                        {"status", to_string(machine.status)},
                        {"ip", machine.address},
                        {"type", world.sale()[machine.order.shape].shape.name},
                        {"region", world.regions()[machine.order.region].name},
                        {"is_ordered", machine.is_ordered},
                        {"boots", machine.boots},
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
  const Belongings& belongings = world.belongings();
  return answer(200, json::object{{"instances", machines},
                                  {"types", types},
                                  {"keys", names_of(belongings.keys)},
                                  {"scripts", names_of(belongings.scripts)},
                                  {"firewalls", names_of(belongings.firewalls)},
                                  {"disks", names_of(belongings.disks)}});
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
  if (what == "GET /control/counters") return answer(200, counts_of(state.requests));
  if (what == "GET /control/operations") return answer(200, counts_of(state.operations));
  if (what == "POST /control/stock") return change(state.world.market(), asked.body, &set_stock);
  if (what == "POST /control/quota") return change(state.world, asked.body, &set_quota);
  if (what == "POST /control/instance") return change(state.world, asked.body, &set_status);
  return answer(404, json::object{{"error", "no such control: " + what}});
}

}  // namespace tally::simcloud
