// One region as an account works with it: its API, the project that is used there, and what its last answers were.
// Shared by the calls that are on their way. Loop thread, but for the lists, which are read on workers one at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "providers/fluidstack/grants.hpp"
#include "providers/fluidstack/management_list.hpp"
#include "providers/fluidstack/mapping.hpp"
#include "providers/fluidstack/read_ids.hpp"
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
        project(settings.project_id),
        asked_at(context.clock.now()) {}

  /// Its list of machines, as far as it is known at `now`.
  [[nodiscard]] OwnList own_list(TimePoint now) const;

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

  // Of its list of machines.
  TimePoint asked_at;                   // for the last time; when the region was learned of, before the first
  int listings_since = 0;               // of the Management API
  bool is_failing = false;              // when it was asked last
  std::shared_ptr<const ReadIds> read;  // nullptr: never yet
};

/// An answer that is one machine there. Error when it is for another one than asked (nothing: whichever).
Result<Instance> read_machine_reply(std::string_view body, const Region& region, const std::optional<CloudId>& asked,
                                    Timestamp now);

}  // namespace tally::fluidstack
