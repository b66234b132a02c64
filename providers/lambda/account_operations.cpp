// What is done to an instance. Lambda's API takes lists of instances; each is asked for by itself, so that one which is
// gone does not keep another.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "providers/lambda/account.hpp"

namespace tally::lambda {

Task<> LambdaAccount::terminate(InstanceRef instance) {
  Result<> done = co_await operate(operations::terminate_instance, instance, Repeat::idempotent, "terminate",
                                   "terminated_instances");
  if (!done && done.error().kind == Errc::instance_not_found) co_return Result<>();
  co_return done;
}

/// A second one would meet a machine that is up again, and restart it once more.
Task<> LambdaAccount::reboot(InstanceRef instance) {
  return operate(operations::reboot_instance, std::move(instance), Repeat::never, "restart", "restarted_instances");
}

Task<> LambdaAccount::operate(Operation operation, InstanceRef instance, Repeat repeat, std::string what,
                              std::string answered_as) {
  const boost::json::object body{{"instance_ids", boost::json::array{instance.cloud_id.str()}}};
  Request call = change(Method::post, "/instance-operations/" + what, repeat, boost::json::serialize(body));
  co_return co_await client_.ask(operation, std::move(call), [&](const std::string& answer, WorkLimit limit) {
    return read_operation(answer, answered_as, instance.cloud_id, limit);
  });
}

}  // namespace tally::lambda
