#include "simcloud/faults.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <stdexcept>

namespace tally::simcloud {
namespace json = boost::json;
namespace {

const FaultKind* find_kind(std::string_view name) {
  const auto* const at =
      std::find_if(fault_kinds.begin(), fault_kinds.end(), [name](const FaultKind& kind) { return kind.name == name; });
  return at == fault_kinds.end() ? nullptr : at;
}

template <class T>
void take(json::object& given, const char* name, T& field) {
  const json::value* value = given.if_contains(name);
  if (value == nullptr) return;
  field = json::value_to<T>(*value);
  given.erase(name);
}

Fault read_fields(json::object given) {
  Fault fault;
  int delay = 0;
  take(given, "kind", fault.kind);
  take(given, "path", fault.path);
  take(given, "operation", fault.operation);
  take(given, "skip", fault.skip);
  take(given, "count", fault.count);
  take(given, "done", fault.is_done);
  take(given, "status", fault.status);
  take(given, "body", fault.body);
  take(given, "ms", delay);
  take(given, "retry_after", fault.retry_after);
  take(given, "steps", fault.steps);
  fault.delay = std::chrono::milliseconds(delay);
  if (!given.empty()) throw std::invalid_argument(fmt::format("a fault has no \"{}\"", given.begin()->key_c_str()));
  if (find_kind(fault.kind) == nullptr) throw std::invalid_argument("unknown kind of fault: " + fault.kind);
  return fault;
}

}  // namespace

Fault read_fault(std::string_view text) {
  try {
    return read_fields(json::parse({text.data(), text.size()}).as_object());
  } catch (const boost::system::system_error& error) {
    throw std::invalid_argument(error.what());
  }
}

bool is_instead(const Fault& fault) {
  const FaultKind* kind = find_kind(fault.kind);
  return !fault.is_done && kind != nullptr && kind->stage == FaultKind::Stage::instead;
}

std::vector<Fault> Faults::take(std::string_view path, std::string_view operation) {
  std::vector<Fault> hits;
  for (Fault& fault : faults_) {
    const bool is_meant =
        path.find(fault.path) != std::string_view::npos && (fault.operation.empty() || fault.operation == operation);
    if (!is_meant || fault.count == 0) continue;
    if (fault.skip > 0) {
      --fault.skip;
      continue;
    }
    if (fault.count > 0) --fault.count;
    hits.push_back(fault);
  }
  return hits;
}

}  // namespace tally::simcloud
