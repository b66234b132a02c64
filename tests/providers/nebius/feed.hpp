// Everything that reads what Nebius sends, fed with any bytes: what must be true whatever they are. For tests and for a
// fuzzer. Heavy.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "net/grpc/codes.hpp"
#include "providers/nebius/dialect.hpp"
#include "providers/nebius/image_mapping.hpp"
#include "providers/nebius/instance_mapping.hpp"
#include "providers/nebius/message_list.hpp"
#include "providers/nebius/prices.hpp"
#include "providers/nebius/projects.hpp"
#include "providers/nebius/protos/compute.pb.h"
#include "providers/nebius/supply.hpp"
#include "providers/nebius/tokens.hpp"
#include "providers/nebius/type_mapping.hpp"

namespace tally::fakes {

inline void hold(bool holds, const char* what) {
  if (!holds) throw std::logic_error(what);
}

template <class T>
void hold_rows(const Result<Answer<T>>& answer) {
  if (!answer) return hold(!answer.error().message.empty(), "an error has words");
  for (const Rejected& row : answer->rejected) {
    hold(!row.reason.empty() && row.raw.size() <= limits::raw_row && row.id.size() <= 3 * limits::id, "rejected rows");
  }
}

/// Throws std::logic_error when something is not as it must be. Answers how many of the readers took the bytes.
inline int feed_nebius(const std::string& bytes) {
  const std::vector<std::string> pages(1, bytes);
  const Redactor redactor;
  const Timestamp now{std::chrono::sys_days(std::chrono::year(2026) / 9 / 1)};
  int taken = 0;

  nebius::Selection selection;
  selection.region = "eu-north1";
  const auto presets = nebius::read_platforms(pages, selection, redactor, WorkLimit());
  taken += presets ? 1 : 0;
  if (presets) {
    for (const nebius::Preset& preset : presets->all) {
      hold(!preset.type.id.empty() && preset.type.id.str().size() <= 3 * limits::id, "a type has an ID");
      hold(preset.type.vcpu.value_or(0) > 0, "a type has vCPUs");
    }
  }
  taken += nebius::read_quotas(pages, WorkLimit()) ? 1 : 0;
  taken += nebius::read_advice(pages, WorkLimit()) ? 1 : 0;
  for (const auto api : {nebius::ProjectApi::v1, nebius::ProjectApi::v2}) {
    const auto projects = nebius::read_projects(pages, api, WorkLimit());
    if (!projects) continue;
    ++taken;
    for (const nebius::Project& project : projects->all)
      hold(!project.id.empty() && !project.region.empty(), "projects");
  }
  const auto images = nebius::read_images(pages, "eu-north1", now, redactor, WorkLimit());
  hold_rows(images);

  nebius::Place place;
  place.region = "eu-north1";
  nebius::MessageList<::nebius::compute::v1::Instance, nebius::Machine> list(
      [&](const auto& message, json::Findings& findings) { return read_machine(message, place, now, findings); },
      redactor);
  ModelSize size;
  WorkLimit limit;
  const auto machines = list.read(pages, size, limit);
  hold_rows(machines);
  if (machines) {
    for (const auto& machine : machines->rows) {
      hold(!machine->id.empty() && machine->id.size() <= limits::id, "a machine has an ID");
      hold(machine->instance.name.size() <= limits::text, "a name is bounded");
      hold(machine->instance.tags.size() <= limits::tags_per_instance, "tags are bounded");
      hold(!machine->instance.provider_status.empty(), "a machine has a state in the vendor's words");
    }
  }

  const auto price = nebius::read_estimate(bytes);
  hold(!price || !*price || (*price)->nanos > 0, "a price is above zero");
  const auto token = nebius::read_token(bytes);
  hold(!token || (!token->access.empty() && token->lifetime.count() > 0), "a token is one");
  taken += token ? 1 : 0;

  Response answer;
  answer.status = 400;
  answer.body = bytes;
  answer.headers.add(grpc_status_header, "8");
  answer.headers.add(grpc_message_header, bytes);
  const Error error = error_of(nebius::dialect(), operations::create_instance, answer, redactor);
  hold(error.message.size() <= 2 * limits::message && is_utf8(error.message), "an error's words are bounded");
  return taken;
}

}  // namespace tally::fakes
