// What changes something at SF Compute. Each call says what a second one would do where the first one's answer is lost.
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "providers/guest/refusal.hpp"
#include "providers/rest/create_steps.hpp"
#include "providers/sfcompute/account.hpp"
#include "providers/sfcompute/order.hpp"

namespace tally::sfcompute {
Task<Created> SfcomputeAccount::create(CreateRequest request) {
  const auto refuse = [this](const Error& error) {
    return tl::unexpected(client_.refusal(operations::create_instance, error.kind, error.message));
  };
  const bool has_public_ipv4 = option<bool>(context_.credential, description(), options::public_ipv4);
  if (const std::optional<Error> refusal = find_refusal(request, has_public_ipv4)) co_return refuse(*refusal);
  Result<std::string> user_data = first_start(request, has_public_ipv4);
  if (!user_data) co_return refuse(user_data.error());

  const std::string first = first_page(site_.api_path + "/images");
  const auto next = [first](const std::string& page) { return page_after(first, page); };
  const std::string wanted = request.image_id.empty()
                                 ? option<std::string>(context_.credential, description(), options::image)
                                 : request.image_id;
  const auto read = [this, wanted](const std::vector<std::string>& pages, WorkLimit limit) {
    return choose_image(pages, wanted, context_.redactor, limit);
  };
  Result<std::string> image = co_await client_.ask_pages(operations::create_instance, first, next, read);
  if (!image) co_return tl::unexpected(image.error());

  Result<Stock> stock = co_await read_stock(operations::create_instance);
  if (!stock) co_return tl::unexpected(stock.error());
  Result<std::optional<Instance>> there = co_await find_machine(request);
  if (!there) co_return tl::unexpected(there.error());
  if (std::optional<Instance>& machine = *there) co_return Created{std::move(*machine), {}};
  Result<std::string> sku = choose_sku(request, *stock->table, stock->slots);
  if (!sku) co_return refuse(sku.error());

  const Parts parts{site_.pool_path(), std::move(*image), std::move(*sku), std::move(*user_data), has_public_ipv4};
  Request order =
      change(Method::post, instances_path(), Repeat::never, order_body(request, context_.credential.ref, parts));
  const Result<Machine> made =
      co_await client_.ask(operations::create_instance, std::move(order),
                           [this, now = context_.clock.wall_now()](const std::string& body, WorkLimit /*limit*/) {
                             return read_machine(body, loopback_, std::nullopt, now);
                           });
  if (!made) co_return co_await look_again(std::move(request), made.error());
  Created created;
  created.instance = as_ordered(whole_instance(*made, *stock->table, nullptr), request);
  if (!created.instance.status) created.instance.status = LifecycleStatus::pending;
  co_return created;
}

/// The live machine of this credential that has the RefID. Refused: more than one, one that is another or has failed;
/// none while one that cannot be read may have it. A node of the old API is none that a create made.
Task<std::optional<Instance>> SfcomputeAccount::find_machine(CreateRequest request) {
  Result<Answer<Instance>> listed = co_await instances(Scope());
  if (!listed) co_return tl::unexpected(listed.error());
  std::erase_if(listed->rejected, [](const Rejected& row) { return is_node(CloudId(row.id)); });
  Result<std::optional<Instance>> found =
      find_own_machine(client_, *listed, request, context_.credential.ref, NameSpace::credential);
  if (!found) co_return found;
  if (std::optional<Instance>& machine = *found) *machine = as_ordered(std::move(*machine), request);
  co_return found;
}

/// After an order that failed: where its answer was lost the machine is looked for once; it may come to be later.
Task<Created> SfcomputeAccount::look_again(CreateRequest request, Error error) {
  if (error.certainty != Certainty::nothing_happened) {
    Result<std::optional<Instance>> there = co_await find_machine(std::move(request));
    if (there) {
      if (std::optional<Instance>& machine = *there) co_return Created{std::move(*machine), {}};
    }
  }
  co_return tl::unexpected(std::move(error));
}

Task<> SfcomputeAccount::remove(Handle handle, std::string /*location*/) {
  co_return tl::unexpected(client_.refusal(operations::remove, Errc::not_implemented,
                                           "a create here makes no " + std::string(to_string(handle.kind))));
}

/// One that is over is not found here.
Task<> SfcomputeAccount::terminate(InstanceRef instance) {
  const Result<std::string> path = path_of(operations::terminate_instance, instance);
  if (!path) co_return tl::unexpected(path.error());
  const bool is_old = has_old_nodes_ && is_node(instance.cloud_id);
  Request request = is_old ? change(Method::patch, *path + "/release", Repeat::idempotent)
                           : change(Method::post, *path + "/terminate", Repeat::idempotent);
  const Result<> done = co_await client_.perform(operations::terminate_instance, std::move(request));
  if (!done && done.error().kind == Errc::instance_not_found) co_return Result<>();
  co_return done;
}

Task<> SfcomputeAccount::update_tags(InstanceRef instance, TagChanges changes) {
  if (const auto bad = find_bad_tag(changes, why_no_tag)) {
    co_return tl::unexpected(client_.refusal(operations::update_tags, bad->kind, bad->message));
  }
  const Result<std::string> path = path_of(operations::update_tags, instance);
  if (!path) co_return tl::unexpected(path.error());
  if (has_old_nodes_ && is_node(instance.cloud_id)) {
    co_return tl::unexpected(
        client_.refusal(operations::update_tags, Errc::not_implemented, "a node of the old API has no tags"));
  }
  const auto read = [&instance](const std::string& body, WorkLimit /*limit*/) {
    return read_all_tags(body, instance.cloud_id);
  };
  const auto known = co_await client_.ask(operations::update_tags, get(*path), read);
  if (!known) co_return tl::unexpected(known.error());
  boost::json::object tags;
  for (const auto& [key, value] : *known) tags[key] = value;
  for (const auto& [key, value] : changes) {
    if (value) {
      tags[key] = *value;
    } else {
      tags.erase(key);
    }
  }
  const boost::json::object body{{"tags", std::move(tags)}};
  co_return co_await client_.perform(operations::update_tags,
                                     change(Method::patch, *path, Repeat::idempotent, boost::json::serialize(body)));
}

}  // namespace tally::sfcompute
