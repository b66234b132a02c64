// What the bodies of lifecycle calls ask for. Faults are kept by the fields; what is answered with a fault is not to be
// used. Whether the values make sense is the service's to say. Pure.
#pragma once

#include "api/fields.hpp"
#include "lifecycle/requests.hpp"

namespace tally::api {

struct CreateBody {
  lifecycle::Create create;
  bool is_dry_run = false;
};
CreateBody create_in(Fields& fields);

lifecycle::Request terminate_in(lifecycle::Machine machine, Fields& fields);
lifecycle::Request stop_in(lifecycle::Machine machine, Fields& fields);
lifecycle::Request start_in(lifecycle::Machine machine, Fields& fields);
lifecycle::Request reboot_in(lifecycle::Machine machine, Fields& fields);
lifecycle::Request resize_in(lifecycle::Machine machine, Fields& fields);
lifecycle::Request tags_in(lifecycle::Machine machine, Fields& fields);
lifecycle::Request change_type_in(lifecycle::Machine machine, Fields& fields);
lifecycle::Request new_rules_in(lifecycle::Machine machine, Fields& fields);
lifecycle::Request revoked_rules_in(lifecycle::Machine machine, Fields& fields);
lifecycle::Request retirement_in(lifecycle::Machine machine, Fields& fields);

}  // namespace tally::api
