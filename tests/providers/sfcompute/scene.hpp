// An account at an SF Compute of recorded replies, with options of its own and
// a clock that moves when told to.
#pragma once

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "tests/providers/recorded_account.hpp"

namespace tally::fakes {

inline const std::string sf_instances =
    "/preview/v2/"
    "instances?workspace=sfc:workspace:acme:prod&pool=sfc:pool:acme:prod:"
    "default&limit=200";

class SfScene {
 public:
  explicit SfScene(GivenOptions options = {}) {
    const boost::json::object recorded = boost::json::parse(file("routes.json")).as_object();
    for (const char* part : {"routes", "beside"}) {
      for (const auto& [path, reply] : recorded.at(part).as_object()) {
        http.reply(std::string(path), 200, file(boost::json::value_to<std::string>(reply)));
      }
    }
    for (const auto& [key, value] : recorded.at("credential").as_object()) {
      credential.fields.emplace(std::string(key), Secret(boost::json::value_to<std::string>(value)));
    }
    credential.ref = CredentialRef("cred-sf-1");
    restart(std::move(options));
  }

  /// All is forgotten but what is kept over a restart; the options may be others.
  void restart(GivenOptions options = {}) {
    const Provider& provider = *find_provider("sfcompute");
    account_.reset();
    credential.endpoint = provider.description.default_endpoint;
    credential.options = std::move(options);
    account_ = provider.open(AccountContext{credential, http, budget_, clock, rng_, cache, context.get_executor(),
                                            Redactor(credential.fields, provider.description)});
  }
  Account* operator->() { return account_.get(); }
  template <class T>
  Result<T> run(Task<T> task) {
    return run_task(context, std::move(task));
  }

  static std::string file(const std::string& name) { return read_file("sfcompute/recorded/" + name); }
  static boost::json::value sheet(const std::string& name) { return boost::json::parse(file(name)); }

  /// What GET /instances lists, on one page.
  void list(const boost::json::array& instances) {
    const boost::json::object page{{"object", "list"}, {"has_more", false}, {"cursor", nullptr}, {"data", instances}};
    http.reply(sf_instances, 200, boost::json::serialize(page));
  }

  Result<Answer<Instance>> instances() { return run(account_->instances(Scope())); }
  Result<Answer<InstanceType>> types() {
    return run(account_->instance_types(Scope())).map([](Offering offering) { return std::move(offering.types); });
  }
  Instance machine(const std::string& id) {
    const auto listed = instances();
    if (!listed) throw std::runtime_error(to_text(listed.error()));
    for (const auto& row : listed->rows) {
      if (row->cloud_id.str() == id) return *row;
    }
    throw std::runtime_error("no machine " + id);
  }

  /// "POST /preview/v2/instances", without what only reads.
  std::vector<std::string> changes() const {
    std::vector<std::string> all;
    for (const auto& call : http.sent) {
      if (call.method != "GET") all.push_back(call.method + call.url.substr(call.url.find(".com") + 4).insert(0, " "));
    }
    return all;
  }
  std::size_t asked(const std::string& end) const {
    std::size_t count = 0;
    for (const auto& call : http.sent) count += call.url.ends_with(end) ? 1 : 0;
    return count;
  }
  boost::json::value last_body() const { return boost::json::parse(http.sent.back().body); }

  boost::asio::io_context context;
  ManualClock clock{context, Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 9 / 1))};
  FakeHttp http;
  Credential credential;
  MemoryCache cache;

 private:
  TenantBudget budget_{clock, {"", 1000, 1000}};
  Rng rng_{1};
  std::unique_ptr<Account> account_;
};

}  // namespace tally::fakes
