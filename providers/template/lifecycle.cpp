// What changes an instance. Each call says what a second one would do where the first one's answer is lost.
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "net/url.hpp"
#include "providers/guest/refusal.hpp"
#include "providers/template/account.hpp"
#include "providers/template/create_order.hpp"

namespace tally::template_api {

Task<Created> TemplateAccount::create(CreateRequest request) {
  if (const std::optional<Error> refusal = find_refusal(request)) {
    co_return tl::unexpected(client_.refusal(operations::create_instance, refusal->kind, refusal->message));
  }
  // The vendor makes one machine for one token, however often it is asked.
  Request call = change(Method::post, "/regions/" + encode_segment(request.location) + "/instances", Repeat::idempotent,
                        order_of(request, context_.credential.ref));
  call.headers.push_back({"Idempotency-Key", Secret(request.token)});
  Result<Instance> instance =
      co_await client_.ask(operations::create_instance, std::move(call),
                           [this, now = context_.clock.wall_now()](const std::string& body, WorkLimit /*limit*/) {
                             return read_instance(body, loopback_, std::nullopt, now);
                           });
  if (!instance) co_return tl::unexpected(instance.error());
  Created created;
  created.instance = std::move(*instance);
  co_return created;
}

/// Key, disk, tags and rules come with the machine, and end with it.
Task<> TemplateAccount::remove(Handle handle, std::string /*location*/) {
  co_return tl::unexpected(client_.refusal(operations::remove, Errc::not_implemented,
                                           "a create here makes no " + std::string(to_string(handle.kind))));
}

Task<> TemplateAccount::terminate(InstanceRef instance) {
  Result<> done =
      co_await act(operations::terminate_instance, instance, change(Method::delete_, "", Repeat::idempotent));
  if (!done && done.error().kind == Errc::instance_not_found) co_return Result<>();
  co_return done;
}

// The second of these would meet a machine that is stopping, starting, or up again: it would be refused, or done twice.
Task<> TemplateAccount::stop(InstanceRef instance) {
  return act(operations::stop_instance, std::move(instance), change(Method::post, "/stop", Repeat::never));
}

Task<> TemplateAccount::start(InstanceRef instance) {
  return act(operations::start_instance, std::move(instance), change(Method::post, "/start", Repeat::never));
}

Task<> TemplateAccount::reboot(InstanceRef instance) {
  return act(operations::reboot_instance, std::move(instance), change(Method::post, "/reboot", Repeat::never));
}

// The second of these sets what is set. A resize is answered when the data has been moved: nothing is left to wait for.
Task<> TemplateAccount::resize_volume(InstanceRef instance, VolumeResize resize) {
  const boost::json::object body{{"disk_gib", gib_of(resize.size)}};
  return act(operations::resize_volume, std::move(instance),
             change(Method::post, "/resize", Repeat::idempotent, boost::json::serialize(body)));
}

Task<> TemplateAccount::change_type(InstanceRef instance, std::string type) {
  const boost::json::object body{{"type", type}};
  return act(operations::change_type, std::move(instance),
             change(Method::post, "/change-type", Repeat::idempotent, boost::json::serialize(body)));
}

/// The vendor replaces all tags: those that are not to change are written back.
Task<> TemplateAccount::update_tags(InstanceRef instance, TagChanges changes) {
  if (const auto bad = find_bad_tag(changes, why_no_tag)) {
    co_return tl::unexpected(client_.refusal(operations::update_tags, bad->kind, bad->message));
  }
  const Result<std::string> path = path_of(operations::update_tags, instance);
  if (!path) co_return tl::unexpected(path.error());
  const auto read = [&instance](const std::string& body, WorkLimit /*limit*/) {
    return read_all_tags(body, instance.cloud_id);
  };
  const auto known = co_await client_.ask(operations::update_tags, get(*path), read);
  if (!known) co_return tl::unexpected(known.error());
  boost::json::object tags;
  for (const auto& [name, value] : *known) tags[name] = value;
  for (const auto& [name, value] : changes) {
    if (value) {
      tags[name] = *value;
    } else {
      tags.erase(name);
    }
  }
  const boost::json::object body{{"tags", std::move(tags)}};
  co_return co_await act(operations::update_tags, instance,
                         change(Method::put, "/tags", Repeat::idempotent, boost::json::serialize(body)));
}

Task<> TemplateAccount::act(Operation operation, InstanceRef instance, Request request) {
  const Result<std::string> path = path_of(operation, instance);
  if (!path) co_return tl::unexpected(path.error());
  request.url = *path + request.url;
  co_return co_await client_.perform(operation, std::move(request));
}

}  // namespace tally::template_api
