// What changes a machine of Verda's that is there. Each call says what a second one would do where the first one's
// answer is lost: all of them set something, or end it.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "net/url.hpp"
#include "providers/guest/refusal.hpp"
#include "providers/verda/account.hpp"
#include "providers/verda/belongings.hpp"
#include "providers/verda/dialect.hpp"

namespace tally::verda {
namespace {

constexpr const char* actions_path = "/instances";

boost::json::object action_on(const CloudId& id, const char* action) {
  return {{"action", action}, {"id", boost::json::array{id.str()}}};
}

/// Which of a machine's volumes end with it. One that was there before the machine stays.
boost::json::object end_of(const CloudId& id, const MachineParts& parts) {
  boost::json::object body = action_on(id, "delete");
  if (parts.os_volume_id.empty()) return body;  // then its system's volume, if there is one by then, goes by itself
  boost::json::array volumes;
  if (parts.image != parts.os_volume_id) volumes.emplace_back(parts.os_volume_id);
  body["volume_ids"] = std::move(volumes);
  body["delete_permanently"] = true;
  return body;
}

/// What else has been done already is not denied by the last call's refusal.
Error after_others(Error error, bool is_first) {
  if (!is_first && error.certainty == Certainty::nothing_happened) error.certainty = Certainty::unknown;
  return error;
}

}  // namespace

/// Without an ID the path is another one, of which "not found" says nothing.
Result<std::string> VerdaAccount::path_of(Operation operation, const InstanceRef& instance) const {
  if (is_segment(instance.cloud_id.str())) return "/instances/" + instance.cloud_id.str();
  return tl::unexpected(client_.refusal(operation, Errc::invalid_request, "that is no ID of a machine at Verda"));
}

Task<MachineParts> VerdaAccount::parts_of(Operation operation, CloudId id, Tags tags) {
  co_return co_await client_.ask(
      operation, get("/instances/" + id.str()),
      [&](const std::string& body, WorkLimit /*limit*/) { return read_parts(body, id, tags); });
}

/// All machines' actions go to one path. An outcome is told apart from the status.
Task<> VerdaAccount::act(Operation operation, std::string body) {
  Request request = change(Method::put, actions_path, Repeat::idempotent, std::move(body));
  request.pool = std::string(path_pool) + "/PUT " + actions_path;
  const Result<Response> answer = co_await client_.send(operation, std::move(request));
  if (!answer) co_return tl::unexpected(answer.error());
  std::optional<Error> refusal = refusal_in(answer->body, operation, context_.redactor);
  if (refusal && answer->may_be_done) refusal->certainty = Certainty::unknown;
  if (refusal) co_return tl::unexpected(std::move(*refusal));
  co_return Result<>();
}

Task<> VerdaAccount::act_on(Operation operation, InstanceRef instance, const char* action) {
  const Result<std::string> path = path_of(operation, instance);
  if (!path) co_return tl::unexpected(path.error());
  co_return co_await act(operation, boost::json::serialize(action_on(instance.cloud_id, action)));
}

Task<> VerdaAccount::stop(InstanceRef instance) {
  return act_on(operations::stop_instance, std::move(instance), "shutdown");
}

Task<> VerdaAccount::start(InstanceRef instance) {
  return act_on(operations::start_instance, std::move(instance), "start");
}

Task<> VerdaAccount::terminate(InstanceRef instance) {
  const Result<std::string> path = path_of(operations::terminate_instance, instance);
  if (!path) co_return tl::unexpected(path.error());
  const Result<MachineParts> parts =
      co_await parts_of(operations::terminate_instance, instance.cloud_id, Tags::unwanted);
  Result<> done;
  if (parts) {
    done = co_await act(operations::terminate_instance, boost::json::serialize(end_of(instance.cloud_id, *parts)));
  } else {
    done = tl::unexpected(parts.error());
  }
  if (!done && done.error().kind == Errc::instance_not_found) co_return Result<>();
  co_return done;
}

Task<> VerdaAccount::resize_volume(InstanceRef instance, VolumeResize resize) {
  const Result<std::string> path = path_of(operations::resize_volume, instance);
  if (!path) co_return tl::unexpected(path.error());
  const Result<MachineParts> parts = co_await parts_of(operations::resize_volume, instance.cloud_id, Tags::unwanted);
  if (!parts) co_return tl::unexpected(parts.error());
  if (parts->os_volume_id.empty()) {
    co_return tl::unexpected(
        client_.refusal(operations::resize_volume, Errc::conflict, "the machine has no volume yet"));
  }
  const boost::json::object body{{"action", "resize"}, {"id", parts->os_volume_id}, {"size", gib_of(resize.size)}};
  co_return co_await client_.perform(operations::resize_volume,
                                     change(Method::put, "/volumes", Repeat::idempotent, boost::json::serialize(body)));
}

/// A tag is a pair, which is linked to a machine: another value is another tag.
Task<> VerdaAccount::update_tags(InstanceRef instance, TagChanges changes) {
  if (const auto bad = find_bad_tag(changes, why_no_tag)) {
    co_return tl::unexpected(client_.refusal(operations::update_tags, bad->kind, bad->message));
  }
  const Result<std::string> path = path_of(operations::update_tags, instance);
  if (!path) co_return tl::unexpected(path.error());
  const Result<MachineParts> parts = co_await parts_of(operations::update_tags, instance.cloud_id, Tags::wanted);
  if (!parts) co_return tl::unexpected(parts.error());
  bool is_first = true;
  for (const auto& [key, value] : changes) {
    const auto known = parts->tags.find(key);
    const bool is_known = known != parts->tags.end();
    if (is_known && value == known->second.value) continue;
    if (is_known) {
      const std::string tag_path = *path + "/tags/" + encode_segment(known->second.id);
      const Result<> removed =
          co_await client_.perform(operations::update_tags, change(Method::delete_, tag_path, Repeat::idempotent));
      const bool is_gone = !removed && removed.error().kind == Errc::instance_not_found;
      if (!removed && !is_gone) co_return tl::unexpected(after_others(removed.error(), is_first));
      is_first = false;
    }
    if (!value) continue;
    const boost::json::object body{{"key", key}, {"value", *value}};
    const Result<> added = co_await client_.perform(
        operations::update_tags,
        change(Method::post, *path + "/tags", Repeat::idempotent, boost::json::serialize(body)));
    // It is there, by an earlier attempt whose answer was lost.
    const bool is_there = !added && added.error().kind == Errc::conflict;
    if (!added && !is_there) co_return tl::unexpected(after_others(added.error(), is_first));
    is_first = false;
  }
  co_return Result<>();
}

}  // namespace tally::verda
