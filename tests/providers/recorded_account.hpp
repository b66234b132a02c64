// An account of any provider on its recorded replies (tests/providers/<name>/recorded), and a way to run its calls.
#pragma once

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <memory>

#include "providers/dry_run.hpp"
#include "providers/registry.hpp"
#include "tests/fakes/fake_http.hpp"
#include "tests/fakes/files.hpp"
#include "tests/fakes/manual_clock.hpp"
#include "tests/fakes/memory_cache.hpp"
#include "tests/fakes/run_task.hpp"

namespace tally::fakes {

inline std::string read_file(const std::string& path) {
  return text_of(std::string(TALLY_TESTS_DIR) + "/providers/" + path);
}

/// "https://ec2.example/#DescribeInstances", of AWS's calls, which share a path; of one about an instance with its ID
/// behind it.
inline std::string action_address(const FakeHttp::Sent& call) {
  const auto parameter = [&call](const std::string& name) {
    const std::size_t at = ("&" + call.body).find("&" + name + "=");
    if (at == std::string::npos) return std::string();
    const std::string rest = call.body.substr(at + name.size() + 1);
    return rest.substr(0, rest.find('&'));
  };
  const auto target = call.headers.find("X-Amz-Target");
  if (target != call.headers.end()) return call.url + "#" + target->second.substr(target->second.find('.') + 1);
  const std::string instance = parameter("InstanceId.1");
  return call.url + "#" + parameter("Action") + (instance.empty() ? "" : "/" + instance);
}

/// What a message in a readable form is as bytes (tests/providers/nebius/messages.cpp).
inline std::string (*encode_message)(const std::string& text) = nullptr;

/// An account of any provider on its recorded replies.
class RecordedAccount {
 public:
  explicit RecordedAccount(const Provider& provider) : RecordedAccount(provider, own_context()) {}

  /// After a restart, with what was remembered before.
  using Remembered = std::map<std::string, std::string, std::less<>>;
  RecordedAccount(const Provider& provider, Remembered values)
      : RecordedAccount(provider, own_context(), "", std::move(values)) {}

  /// At another endpoint than the vendor's.
  RecordedAccount(const Provider& provider, const char* endpoint)
      : RecordedAccount(provider, own_context(), endpoint) {}

  /// With more in its credential than was recorded.
  static RecordedAccount with(const Provider& provider, const Remembered& fields) {
    return RecordedAccount(provider, own_context(), "", {}, fields);
  }

  /// Decodes on the given context, which somebody else runs.
  RecordedAccount(const Provider& provider, boost::asio::io_context& context, const std::string& endpoint = "",
                  Remembered values = {}, const Remembered& more_fields = {})
      : context_(context),
        budget(clock, {"", 1000, 1000}, provider.description.request_rates),
        provider_(provider),
        name_(provider.description.name) {
    const boost::json::object recorded = boost::json::parse(file("routes.json")).as_object();
    Credential& credential = credential_;
    credential.ref = CredentialRef(recorded.contains("ref") ? text_of(recorded, "ref") : "contract");
    for (const auto& [key, value] : recorded.at("credential").as_object()) {
      credential.fields.emplace(std::string(key), Secret(boost::json::value_to<std::string>(value)));
    }
    for (const auto& [key, value] : more_fields) credential.fields.emplace(key, Secret(value));
    if (const auto* options = recorded.if_contains("options")) {
      for (const auto& [name, value] : options->as_object())
        credential.options.emplace(std::string(name), option_of(value));
    }
    cache.values = std::move(values);
    credential.endpoint = endpoint.empty() ? std::string(provider.description.default_endpoint) : endpoint;
    if (recorded.contains("by_action")) http.address = action_address;
    instance.cloud_id = CloudId(text_of(recorded, "instance"));
    rule = recorded.if_contains("rule") != nullptr ? text_of(recorded, "rule") : "r";
    if (recorded.contains("another_type")) another_type = text_of(recorded, "another_type");
    instance.location = scope.location = text_of(recorded, "location");
    for (const auto& [path, reply] : recorded.at("routes").as_object()) {
      paths.emplace_back(path);
      files_.push_back(boost::json::value_to<std::string>(reply));
      http.reply(paths.back(), 200, file(files_.back()));
    }
    // What answers before and beside all that is asked for: tokens, for instance. Nobody damages it.
    if (const auto* beside = recorded.if_contains("beside")) {
      for (const auto& [path, reply] : beside->as_object()) {
        http.reply(std::string(path), 200, file(boost::json::value_to<std::string>(reply)));
      }
    }
    if (const auto* place = recorded.if_contains("wrong_place")) {
      wrong_place = file(text_of(place->as_object(), "reply"));
      http.reply(text_of(place->as_object(), "path"), 404, wrong_place);
    }
    if (const auto* create = recorded.if_contains("create")) {
      order.type = type_as_sent = text_of(create->as_object(), "type");
      order.location = text_of(create->as_object(), "location");
      if (create->as_object().contains("type_as_sent")) type_as_sent = text_of(create->as_object(), "type_as_sent");
      key_as_sent = text_of(create->as_object(), "key_as_sent");
      for (const auto& [path, reply] : create->as_object().at("routes").as_object()) {
        http.reply(std::string(path), 200, file(boost::json::value_to<std::string>(reply)));
      }
    }
    order.ref_id = RefId("job-7");
    order.token = "token-1";
    if (order.location.empty()) order.location = scope.location;
    order.public_key = "ssh-ed25519 AAAA";
    if (key_as_sent.empty()) key_as_sent = order.public_key;
    account_ = provider.open(context_of_account());
  }

  /// What a create would ask.
  Result<std::vector<PlannedRequest>> plan() { return run(plan_create(provider_, context_of_account(), order)); }

  Account* operator->() { return account_.get(); }

  /// Opens it anew; from now on its answers are read by those workers, as in the daemon.
  void read_on(boost::asio::any_io_executor workers) {
    workers_ = std::move(workers);
    account_ = provider_.open(context_of_account());
  }

  /// The text of a file among the provider's recorded replies.
  [[nodiscard]] std::string file(const std::string& name) const {
    std::string text = read_file(name_ + "/recorded/" + name);
    return name.ends_with(".pbtxt") && encode_message != nullptr ? encode_message(text) : text;
  }

  /// The recorded reply of one of `paths`.
  [[nodiscard]] std::string recorded(const std::string& path) const {
    const auto at = std::find(paths.begin(), paths.end(), path);
    return file(files_.at(static_cast<std::size_t>(at - paths.begin())));
  }

  /// What is on offer in the scope, without the locations.
  Result<Answer<InstanceType>> types() {
    return run(account_->instance_types(scope)).map([](Offering offering) { return std::move(offering.types); });
  }

  template <class T>
  Result<T> run(Task<T> task) {
    return run_task(context_, std::move(task));
  }

  /// As run(), of what waits: time goes on until it has ended, for a day at most.
  template <class T>
  Result<T> run_through(Task<T> task) {
    std::optional<Result<T>> result;
    boost::asio::co_spawn(context_, keep_result(std::move(task), result), boost::asio::detached);
    for (int seconds = 0; !result && seconds < 24 * 3600; ++seconds) clock.advance(std::chrono::seconds(1));
    return std::move(result.value());
  }

 private:
  boost::asio::io_context& context_;

 public:
  ManualClock clock{context_, Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 9 / 1))};
  TenantBudget budget;
  FakeHttp http;
  MemoryCache cache;
  Scope scope;                           // everything; of a locational API the location that was recorded
  InstanceRef instance;                  // one of those that were recorded there
  std::string rule;                      // the ID of one of its firewall rules
  CreateRequest order;                   // of one more
  std::string another_type = "another";  // that the instance may be given
  std::string type_as_sent;
  std::string key_as_sent;
  std::vector<std::string> paths;
  std::string wrong_place;  // how the vendor says that it has no such location

 private:
  static constexpr std::chrono::hours without_limit{1};  // of work: no test depends on how fast it runs

  static std::string text_of(const boost::json::object& object, const char* member) {
    const boost::json::value* value = object.if_contains(member);
    return value == nullptr ? std::string() : boost::json::value_to<std::string>(*value);
  }

  /// A switch, a text, a list or a table of texts.
  static OptionValue option_of(const boost::json::value& value) {
    if (value.is_bool()) return value.as_bool();
    if (value.is_array()) return boost::json::value_to<std::vector<std::string>>(value);
    if (!value.is_object()) return boost::json::value_to<std::string>(value);
    OptionTable<std::string> table;
    for (const auto& [key, text] : value.as_object()) table.emplace(key, boost::json::value_to<std::string>(text));
    return table;
  }

  AccountContext context_of_account() {
    return {credential_,  http,  budget,   clock,
            rng_,         cache, workers_, Redactor(credential_.fields, provider_.description),
            without_limit};
  }

  static boost::asio::io_context& own_context() {
    static boost::asio::io_context context;
    return context;
  }

  boost::asio::any_io_executor workers_{context_.get_executor()};
  const Provider& provider_;
  std::string name_;
  Credential credential_;
  std::vector<std::string> files_;  // beside `paths`
  Rng rng_{1};
  std::unique_ptr<Account> account_;
};

}  // namespace tally::fakes
