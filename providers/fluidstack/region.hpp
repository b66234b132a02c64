// One region as an account works with it: its API, the project that is used there, and what its last answers were.
// Shared by the calls that are on their way. Loop thread, but for the lists, which are read on workers one at a time.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "providers/fluidstack/grants.hpp"
#include "providers/fluidstack/mapping.hpp"
#include "providers/fluidstack/type_list.hpp"
#include "providers/rest/client.hpp"
#include "providers/rest/instance_list.hpp"

namespace tally::fluidstack {

struct Region {
  /// What it is given outlives the region, the settings aside.
  Region(const Location& location, const Settings& settings, const AccountContext& context, RestClient api,
         LoopbackIs loopback_is)
      : name(location.name),
        endpoint(location.endpoint),
        loopback(loopback_is),
        mapping(instance_mapping(location.name, settings)),
        client(std::move(api)),
        types(location.name, settings, context.redactor),
        instances(mapping, loopback, context.redactor),
        project(settings.project_id) {}

  std::string name;
  std::string endpoint;
  LoopbackIs loopback;
  InstanceMapping mapping;
  RestClient client;
  TypeList types;
  InstanceList instances;
  std::string project;            // "": not known yet, or gone
  bool is_project_asked = false;  // by anybody, whatever the answer was
  std::optional<Grants> grants;   // as it last said; nothing: not known
};

/// An answer that is one machine there. Error when it is for another one than asked (nothing: whichever).
Result<Instance> read_machine_reply(std::string_view body, const Region& region, const std::optional<CloudId>& asked,
                                    Timestamp now);

}  // namespace tally::fluidstack
