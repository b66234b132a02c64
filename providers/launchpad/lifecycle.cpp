// What changes machines at Launchpad.
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "cloud/agreement.hpp"
#include "providers/launchpad/account.hpp"
#include "providers/launchpad/dialect.hpp"
#include "providers/launchpad/order.hpp"
#include "providers/launchpad/pages.hpp"
#include "providers/launchpad/paths.hpp"
#include "providers/rest/create_steps.hpp"
#include "runtime/contains.hpp"

namespace tally::launchpad {

Task<Created> LaunchpadAccount::create(CreateRequest request) {
  Result<std::string> order = co_await prepare(request);
  if (!order) co_return tl::unexpected(order.error());
  Result<Instance> made =
      co_await client_.ask(operations::create_instance,
                           change(Method::post, std::string(paths::deployments), Repeat::idempotent, std::move(*order)),
                           [this, now = context_.clock.wall_now()](const std::string& body, WorkLimit /*limit*/) {
                             return read_deployment(body, mapping_, loopback_, std::nullopt, now);
                           });
  if (!made) co_return co_await give_up(std::move(request), made.error());
  Created created;
  created.instance = as_ordered(std::move(*made), request);
  co_return created;
}

/// All that can be refused before anything is changed, and the order.
Task<std::string> LaunchpadAccount::prepare(CreateRequest request) {
  const auto refuse = [this](Errc kind, std::string why) {
    return tl::unexpected(client_.refusal(operations::create_instance, kind, std::move(why)));
  };
  if (const std::optional<Error> fault = find_refusal(request, settings_))
    co_return refuse(fault->kind, fault->message);
  const std::string path(paths::types);
  const auto sale = co_await client_.ask_pages(operations::create_instance, first_page(path), page_after(path),
                                               [&request](const std::vector<std::string>& pages, WorkLimit limit) {
                                                 return find_sale(pages, request.type, limit);
                                               });
  if (!sale) co_return tl::unexpected(sale.error());
  const std::optional<Sale>& sold = *sale;
  if (!sold) co_return refuse(Errc::invalid_request, "`type` is none that Launchpad sells");
  if (!contains(sold->regions, request.location)) {
    co_return refuse(Errc::invalid_request, "`location` is nowhere that this type is sold");
  }
  Result<std::string> order =
      order_of(request, sold->product, context_.credential.ref, settings_, context_.clock.wall_now());
  if (!order) co_return refuse(order.error().kind, order.error().message);
  co_return order;
}

/// After an order that was refused, or not answered. A request ID that is taken may be by this very order.
Task<Created> LaunchpadAccount::give_up(CreateRequest request, Error error) {
  const bool is_taken = error.code == codes::request_id_exists;
  if (!is_taken && error.certainty == Certainty::nothing_happened) co_return tl::unexpected(std::move(error));
  Result<std::optional<Instance>> there = co_await find_machine(std::move(request));
  if (there) {
    if (std::optional<Instance>& machine = *there) {
      Created created;
      created.instance = std::move(*machine);
      co_return created;
    }
  }
  if (!is_taken) co_return tl::unexpected(std::move(error));
  if (!there) {
    // Whose it is, nobody knows, unless the answer was that it is none of this create's.
    if (there.error().kind != Errc::conflict) there.error().certainty = Certainty::unknown;
    co_return tl::unexpected(there.error());
  }
  error.certainty = Certainty::unknown;
  co_return tl::unexpected(std::move(error));
}

Task<std::optional<Instance>> LaunchpadAccount::find_machine(CreateRequest request) {
  const auto conflict = [this](const char* why) {
    return tl::unexpected(client_.refusal(operations::create_instance, Errc::conflict, why));
  };
  const std::string path = paths::with_request_id(request_id_of(request));
  InstanceList list(mapping_, loopback_, context_.redactor);
  const Result<Answer<Instance>> listed = co_await client_.ask_pages(
      operations::create_instance, first_page(path), page_after(path),
      [&list, now = context_.clock.wall_now()](const std::vector<std::string>& pages, WorkLimit limit) {
        return list.read(pages, now, limit);
      });
  if (!listed) co_return tl::unexpected(listed.error());
  if (listed->rows.empty()) co_return std::optional<Instance>();
  if (listed->rows.size() > 1) co_return conflict("several machines have this `ref_id`");
  const Instance& found = *listed->rows.front();
  if (found.ref_id != request.ref_id || found.cloud_cred_ref_id != context_.credential.ref) {
    co_return conflict("a machine that is not this credential's has this `ref_id`");
  }
  if (!is_live(found)) co_return conflict("a machine that has ended had this `ref_id`, and the vendor keeps it");
  if (!agrees_with_order(found, request.type, request.location)) {
    co_return conflict("a machine of another type or in another location has this `ref_id`");
  }
  co_return std::optional<Instance>(as_ordered(found, request));
}

/// The key goes with the order, and ends with the machine.
Task<> LaunchpadAccount::remove(Handle handle, std::string /*location*/) {
  co_return tl::unexpected(client_.refusal(operations::remove, Errc::not_implemented,
                                           "a create here makes no " + std::string(to_string(handle.kind))));
}

Task<> LaunchpadAccount::terminate(InstanceRef instance) {
  if (auto fault = find_fault(operations::terminate_instance, instance)) co_return tl::unexpected(std::move(*fault));
  const Result<> done =
      co_await client_.perform(operations::terminate_instance,
                               change(Method::delete_, paths::deployment(instance.cloud_id), Repeat::idempotent));
  if (done) co_return done;
  const Error& error = done.error();
  const bool is_over = error.kind == Errc::instance_not_found || error.code == codes::already_destroying;
  co_return is_over ? Result<>() : done;
}

Task<> LaunchpadAccount::set_end(InstanceRef instance, std::optional<Timestamp> retire_at) {
  if (auto fault = find_fault(operations::set_end, instance)) co_return tl::unexpected(std::move(*fault));
  boost::json::object body{{"expires_at", nullptr}};
  if (retire_at) body["expires_at"] = to_iso8601(*retire_at + after_retirement);
  co_return co_await client_.perform(operations::set_end, change(Method::patch, paths::deployment(instance.cloud_id),
                                                                 Repeat::idempotent, boost::json::serialize(body)));
}

Task<> LaunchpadAccount::stop(InstanceRef instance) {
  return act(operations::stop_instance, std::move(instance), "stop_instances");
}

Task<> LaunchpadAccount::start(InstanceRef instance) {
  return act(operations::start_instance, std::move(instance), "start_instances");
}

/// A task of the deployment's, which its body names once more; that it was accepted is all that is waited for.
Task<> LaunchpadAccount::act(Operation operation, InstanceRef instance, const char* action) {
  if (auto fault = find_fault(operation, instance)) co_return tl::unexpected(std::move(*fault));
  const boost::json::object body{{"action", action}, {"deployment", instance.cloud_id.str()}};
  co_return co_await client_.perform(operation, change(Method::post, paths::deployment(instance.cloud_id) + "tasks/",
                                                       Repeat::never, boost::json::serialize(body)));
}

}  // namespace tally::launchpad
