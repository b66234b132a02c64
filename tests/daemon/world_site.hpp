// Accounts of real providers on virtual time; each one's cloud is a simulated world of its own, asked in this process.
#pragma once

#include <boost/algorithm/string/case_conv.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "net/authorizer.hpp"
#include "providers/registry.hpp"
#include "simcloud/face.hpp"
#include "tests/daemon/moody_http.hpp"
#include "tests/daemon/virtual_site.hpp"
#include "tests/fakes/slow_build.hpp"

namespace tally::fakes {

/// An account at a provider whose API the simulated cloud speaks: a tenant of its own.
struct WorldAccount {
  WorldAccount(const Provider& provider, std::uint64_t seed, std::size_t regions = simcloud::WorldOptions().regions)
      : description(provider.description),
        ref(std::string(description.name) + "-" + std::to_string(seed)),
        face(*simcloud::find_face(description.name)),
        key("key-" + ref.str()) {
    world.seed = seed;
    world.regions = regions;
  }

  [[nodiscard]] CredentialConfig config() const {
    Credential credential = simcloud::credential_at(face, "http://127.0.0.1:1" + std::string(face.base), key);
    credential.ref = ref;
    if (credential.endpoint.empty()) credential.endpoint = description.default_endpoint;
    // By some of these a vendor's tenants are told from each other.
    for (const auto& [field, value] : face.credential) {
      credential.fields.insert_or_assign(std::string(field), Secret(std::string(value) + "-" + ref.str()));
    }
    return virtual_credential(description, std::move(credential));
  }

  const ProviderDescription& description;
  const CredentialRef ref;
  const simcloud::Face& face;
  const std::string key;
  simcloud::WorldOptions world;
};

/// What a vendor's API is to one account: a world of its own.
class WorldHttp final : public MoodyHttp {
 public:
  WorldHttp(const WorldAccount& account, const HttpContext& context)
      : MoodyHttp(context), face_(account.face), world_(account.world), key_(account.key) {}

  void step() { world_.step(); }

  Mood mood = Mood::well;
  std::map<std::string, Mood> mood_of_part;  // of requests whose URL has that part, where another one than `mood`
  std::int64_t requests = 0;
  std::map<std::string, std::int64_t> answered;  // requests by path below the face's base

 private:
  Mood receive(const Request& request) override {
    ++requests;
    for (const auto& [part, its_mood] : mood_of_part) {
      if (request.url.find(part) != std::string::npos) return its_mood;
    }
    return mood;
  }

  Task<Response> answer(Request request, Mood as) override {
    Response response;
    if (as == Mood::forbidden || as == Mood::throttled) {
      response.status = as == Mood::forbidden ? 403 : 429;
      co_return response;
    }
    const std::size_t host = request.url.find("://") + 3;
    const std::size_t path = request.url.find('/', host);
    simcloud::Asked call = simcloud::make_asked(std::string(name_of(request.method)), request.url.substr(path));
    ++answered[call.path.substr(face_.base.size())];
    call.headers["host"] = request.url.substr(host, path - host);
    call.body = request.body.reveal();
    std::vector<Header> headers = std::move(request.headers);
    if (request.authorizer != nullptr) {
      Result<std::vector<Header>> vouched = co_await request.authorizer->authorize(nullptr);
      if (!vouched) co_return tl::unexpected(vouched.error());
      headers.insert(headers.end(), vouched->begin(), vouched->end());
    }
    for (const Header& header : headers) {
      call.headers[boost::algorithm::to_lower_copy(header.name)] = std::string(header.value.reveal());
    }
    simcloud::Reply reply = simcloud::answer(face_, world_, key_, call, {});
    response.status = reply.status;
    response.body = std::move(reply.body);
    co_return response;
  }

  const simcloud::Face& face_;
  simcloud::World world_;
  const std::string key_;
};

class WorldSite : public VirtualSite<WorldHttp> {
 public:
  explicit WorldSite(const std::vector<WorldAccount>& accounts)
      : VirtualSite(Timestamp(std::chrono::hours(24 * 365 * 56)), configs_of(accounts), clouds_of(accounts)) {}

  [[nodiscard]] WorldHttp& cloud(const WorldAccount& account) const { return client(account.ref); }

 private:
  static std::vector<CredentialConfig> configs_of(const std::vector<WorldAccount>& accounts) {
    std::vector<CredentialConfig> configs;
    for (const WorldAccount& account : accounts) configs.push_back(account.config());
    return configs;
  }
  static MakeClient clouds_of(const std::vector<WorldAccount>& accounts) {
    std::map<CredentialRef, WorldAccount> by_ref;
    for (const WorldAccount& account : accounts) by_ref.emplace(account.ref, account);
    return [by_ref](const CredentialConfig& config, const HttpContext& context) {
      return std::make_unique<WorldHttp>(by_ref.at(config.credential.ref), context);
    };
  }
};

/// Those whose API a simulated cloud speaks; in a slow build every third one, enough to get in each other's way.
inline std::vector<const Provider*> simulated() {
  std::vector<const Provider*> list;
  const auto& faces = simcloud::faces();
  for (std::size_t i = 0; i < faces.size(); i += is_slow_build ? 3 : 1) {
    list.push_back(find_provider(faces[i]->provider));
  }
  return list;
}

}  // namespace tally::fakes
