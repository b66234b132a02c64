// How a create goes at Verda: what can be known is checked, a machine of the same RefID is looked for, key and startup
// script are found or added, the machine is ordered, and what came of it is asked for.
#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "net/url.hpp"
#include "providers/rest/account_keys.hpp"
#include "providers/rest/create_steps.hpp"
#include "providers/verda/account.hpp"
#include "providers/verda/belongings.hpp"
#include "providers/verda/startup_script.hpp"

namespace tally::verda {
namespace {

constexpr Operation list_keys{"list SSH keys"};
constexpr Operation add_key{"add SSH key"};
constexpr Operation delete_key{"delete SSH key"};
constexpr Operation list_scripts{"list startup scripts"};
constexpr Operation add_script{"add startup script"};
constexpr Operation delete_script{"delete startup script"};

/// A call to a path that all creates share.
Request change_at(Method method, const std::string& path, std::string body) {
  Request request = change(method, path, Repeat::never, std::move(body));
  request.pool = std::string(path_pool) + "/POST " + path;
  return request;
}

Result<std::string> read_id(const std::string& body, WorkLimit /*limit*/) { return read_new_id(body); }
Result<std::vector<Belonging>> read_all_keys(const std::string& body, WorkLimit /*limit*/) { return read_keys(body); }
Result<std::vector<Belonging>> read_all_scripts(const std::string& body, WorkLimit /*limit*/) {
  return read_scripts(body);
}

/// A project has a hundred scripts at most, which is one page.
std::string scripts_path(const std::string& name) { return "/scripts?name=" + encode_segment(name) + "&pageSize=100"; }

}  // namespace

Task<Created> VerdaAccount::create(CreateRequest request) {
  const auto refuse = [this](const Error& error) {
    return tl::unexpected(client_.refusal(operations::create_instance, error.kind, error.message));
  };
  if (const std::optional<Error> refusal = find_refusal(request)) co_return refuse(*refusal);
  // With any key: which one it is to be may not be known yet, and the rest is to be refused before it is looked for.
  const Result<std::string> draft = startup_script(request, owner_.ssh_user, request.public_key);
  if (!draft) co_return refuse(draft.error());
  Result<std::string> image = co_await find_image(request);
  if (!image) co_return tl::unexpected(image.error());
  Result<std::optional<Instance>> there = co_await find_machine(request);
  if (!there) co_return tl::unexpected(there.error());
  if (std::optional<Instance>& machine = *there) co_return Created{std::move(*machine), {}};

  std::vector<Handle> made;
  Result<Part> key = co_await key_for(request);
  if (!key) co_return tl::unexpected(key.error());
  if (const std::optional<Handle>& handle = key->made) made.push_back(*handle);
  Result<std::string> text = startup_script(request, owner_.ssh_user, key->text);
  if (!text) {
    Error refusal = client_.refusal(operations::create_instance, text.error().kind, text.error().message);
    co_return co_await give_up(std::move(request), std::move(made), std::move(refusal));
  }
  Result<Part> script = co_await script_for(request, std::move(*text));
  if (!script) co_return co_await give_up(std::move(request), std::move(made), script.error());
  if (const std::optional<Handle>& handle = script->made) made.push_back(*handle);
  co_return co_await order(std::move(request), std::move(*image), std::move(made), std::move(*key), std::move(*script));
}

Task<Created> VerdaAccount::order(CreateRequest request, std::string image, std::vector<Handle> made, Part key,
                                  Part script) {
  const Parts parts{image, key.id, script.id};
  Request call = change_at(Method::post, "/instances", order_body(request, context_.credential.ref, parts));
  const Result<std::string> id = co_await client_.ask(operations::create_instance, std::move(call), read_id);
  if (!id) co_return co_await give_up(std::move(request), std::move(made), id.error());
  Created created;
  created.instance = co_await made_machine(std::move(request), std::move(image), CloudId(*id));
  created.made = std::move(made);
  co_return created;
}

/// A type that the vendor has no images for is none that it has.
Task<std::string> VerdaAccount::find_image(CreateRequest request) {
  Result<std::string> image = co_await client_.ask(
      operations::create_instance, get("/images?instance_type=" + encode_segment(request.type)),
      [&request](const std::string& body, WorkLimit /*limit*/) { return choose_image(body, request.image_id); });
  if (image) co_return image;
  if (image.error().matches(Errc::resource_not_found)) {
    co_return tl::unexpected(
        client_.refusal(operations::create_instance, Errc::invalid_request, "`type` is none that Verda sells"));
  }
  co_return image;
}

/// The live machine of this credential that has the RefID. Refused: more than one, one that is another or has
/// failed, and where a machine may be it that nobody can read.
Task<std::optional<Instance>> VerdaAccount::find_machine(CreateRequest request) {
  const Result<Answer<Instance>> listed = co_await instances(Scope());
  if (!listed) co_return tl::unexpected(listed.error());
  co_return find_own_machine(client_, *listed, request, context_.credential.ref, NameSpace::credential);
}

Task<VerdaAccount::Part> VerdaAccount::key_for(CreateRequest request) {
  const std::string name = key_name(request);
  const auto is_wanted = [&](const Belonging& key) {
    if (!request.key_pair_name.empty()) return key.name == request.key_pair_name;
    return is_same_key(key.text, request.public_key) && (key.name == name || !is_of_a_create(key));
  };
  const auto part_of = [&name](const Belonging& key) {
    Part part{key.id, key.text, std::nullopt};
    if (key.name == name) part.made = Handle{HandleKind::key, key.id, name};
    return part;
  };
  const auto refuse = [this](Errc kind, const char* why) {
    return tl::unexpected(client_.refusal(operations::create_instance, kind, why));
  };
  const Result<std::vector<Belonging>> keys = co_await client_.ask(list_keys, get("/ssh-keys"), read_all_keys);
  if (!keys) co_return tl::unexpected(keys.error());
  const auto known = std::find_if(keys->begin(), keys->end(), is_wanted);
  if (known != keys->end()) {
    const bool is_meant = request.public_key.empty() || is_same_key(known->text, request.public_key);
    if (!is_meant) co_return refuse(Errc::conflict, "`key_pair_name` is the name of another key than `public_key`");
    co_return part_of(*known);
  }
  if (!request.key_pair_name.empty()) co_return refuse(Errc::invalid_request, "`key_pair_name` is not known");

  if (const Result<> noted = co_await announce(request, HandleKind::key, name); !noted) {
    co_return tl::unexpected(noted.error());
  }
  const boost::json::object body{{"name", name}, {"key", request.public_key}};
  Request call = change_at(Method::post, "/ssh-keys", boost::json::serialize(body));
  call.imagined = "id-of-the-key";
  const Result<std::string> id = co_await client_.ask(add_key, std::move(call), read_id);
  if (id) co_return Part{*id, request.public_key, Handle{HandleKind::key, *id, name}};
  if (id.error().certainty == Certainty::nothing_happened) co_return tl::unexpected(id.error());
  // It may be there, without an answer that says so.
  const Result<std::vector<Belonging>> again = co_await client_.ask(list_keys, get("/ssh-keys"), read_all_keys);
  if (!again) co_return tl::unexpected(id.error());
  const auto made = std::find_if(again->begin(), again->end(),
                                 [&](const Belonging& key) { return key.name == name && is_wanted(key); });
  if (made == again->end()) co_return tl::unexpected(id.error());
  co_return part_of(*made);
}

Task<VerdaAccount::Part> VerdaAccount::script_for(CreateRequest request, std::string text) {
  const std::string name = script_name(request);
  const auto find = [&](const std::vector<Belonging>& scripts) -> std::optional<Part> {
    for (const Belonging& script : scripts) {
      if (script.name == name && script.text == text) {
        return Part{script.id, text, Handle{HandleKind::script, script.id, name}};
      }
    }
    return std::nullopt;
  };
  const Result<std::vector<Belonging>> scripts =
      co_await client_.ask(list_scripts, get(scripts_path(name)), read_all_scripts);
  if (!scripts) co_return tl::unexpected(scripts.error());
  if (std::optional<Part> known = find(*scripts)) co_return std::move(*known);

  if (const Result<> noted = co_await announce(request, HandleKind::script, name); !noted) {
    co_return tl::unexpected(noted.error());
  }
  const boost::json::object body{{"name", name}, {"script", text}};
  Request call = change_at(Method::post, "/scripts", boost::json::serialize(body));
  call.imagined = "id-of-the-script";
  const Result<std::string> id = co_await client_.ask(add_script, std::move(call), read_id);
  if (id) co_return Part{*id, std::move(text), Handle{HandleKind::script, *id, name}};
  if (id.error().certainty == Certainty::nothing_happened) co_return tl::unexpected(id.error());
  const Result<std::vector<Belonging>> again =
      co_await client_.ask(list_scripts, get(scripts_path(name)), read_all_scripts);
  if (!again) co_return tl::unexpected(id.error());
  if (std::optional<Part> made = find(*again)) co_return std::move(*made);
  co_return tl::unexpected(id.error());
}

/// After a step that failed. Where the answer to an order was lost the machine is looked for once; it may come to be
/// later, and then it needs its script. Where nothing happened, what was made for it is removed.
Task<Created> VerdaAccount::give_up(CreateRequest request, std::vector<Handle> made, Error error) {
  const bool was_ordered = error.operation == operations::create_instance.words;
  if (error.certainty != Certainty::nothing_happened && was_ordered) {
    Result<std::optional<Instance>> there = co_await find_machine(request);
    if (there) {
      if (std::optional<Instance>& machine = *there) co_return Created{std::move(*machine), std::move(made)};
    }
  } else {
    made = co_await remove_all(*this, std::move(made), request.location);
  }
  co_return tl::unexpected(leaving(std::move(made), std::move(error)));
}

/// What the vendor says of it, or, while it says nothing, what was ordered: it exists, whatever the next call answers.
boost::asio::awaitable<Instance> VerdaAccount::made_machine(CreateRequest request, std::string image, CloudId id) {
  InstanceRef reference(id, request.location);
  Result<Instance> machine = co_await instance(std::move(reference));
  if (machine && machine->status) co_return std::move(*machine);
  Instance ordered = ordered_machine(std::move(id), request, context_.credential.ref, description());
  ordered.name = ordered.hostname = hostname_of(request);
  ordered.ssh_user = owner_.ssh_user;
  ordered.image_id = std::move(image);
  ordered.is_spot = request.is_spot;
  co_return ordered;
}

/// Of the key or the script that has the name; "": there is none.
Task<std::string> VerdaAccount::find_id(bool is_key, std::string name) {
  Result<std::vector<Belonging>> all;
  if (is_key) {
    all = co_await client_.ask(list_keys, get("/ssh-keys"), read_all_keys);
  } else {
    all = co_await client_.ask(list_scripts, get(scripts_path(name)), read_all_scripts);
  }
  if (!all) co_return tl::unexpected(all.error());
  const auto found = std::find_if(all->begin(), all->end(), [&name](const Belonging& one) { return one.name == name; });
  co_return found == all->end() ? std::string() : found->id;
}

Task<> VerdaAccount::remove(Handle handle, std::string /*location*/) {
  const bool is_key = handle.kind == HandleKind::key;
  const Operation operation = is_key ? delete_key : delete_script;
  if ((!is_key && handle.kind != HandleKind::script) || (!handle.vendor_id.empty() && !is_segment(handle.vendor_id))) {
    co_return tl::unexpected(
        client_.refusal(operations::remove, Errc::not_implemented, "only keys and scripts are made here"));
  }
  if (handle.vendor_id.empty()) {
    Result<std::string> id = co_await find_id(is_key, std::move(handle.name));
    if (!id) co_return tl::unexpected(id.error());
    if (id->empty()) co_return Result<>();
    handle.vendor_id = std::move(*id);
  }
  const std::string path = (is_key ? "/ssh-keys/" : "/scripts/") + handle.vendor_id;
  const Result<> done = co_await client_.perform(operation, change(Method::delete_, path, Repeat::idempotent));
  if (!done && done.error().kind == Errc::resource_not_found) co_return Result<>();
  co_return done;
}

}  // namespace tally::verda
