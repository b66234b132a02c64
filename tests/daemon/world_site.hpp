// Accounts of real providers with their syncers on virtual time; each one's cloud is a simulated world of its own,
// asked in this process.
#pragma once

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cloud/budget.hpp"
#include "net/authorizer.hpp"
#include "net/http_client.hpp"
#include "providers/registry.hpp"
#include "runtime/clock.hpp"
#include "runtime/tasks.hpp"
#include "simcloud/face.hpp"
#include "syncers/account_state.hpp"
#include "syncers/account_syncer.hpp"
#include "tests/fakes/memory_cache.hpp"
#include "tests/fakes/slow_build.hpp"

namespace tally::fakes {

/// Slow: each answer takes a while, and comes.
enum class Mood { well, silent, slow, failing };
constexpr std::chrono::seconds slow_answer{8};

/// What a vendor's API is to one account: a world of its own, behind the tenant's budget.
class WorldHttp final : public HttpClient {
 public:
  WorldHttp(const simcloud::Face& face, simcloud::WorldOptions options, std::string key, Clock& clock, Budget& budget)
      : face_(face), world_(std::move(options)), key_(std::move(key)), clock_(clock), budget_(budget) {}

  Task<Response> send(Request request) override {
    Draw draw;
    draw.lane = request.lane;
    draw.pool = request.pool;
    co_await budget_.acquire(draw);
    ++requests;
    Mood now = mood;
    for (const auto& [part, its_mood] : mood_of_part) {
      if (request.url.find(part) != std::string::npos) now = its_mood;
    }
    if (now == Mood::silent) co_await clock_.sleep_until(TimePoint::max());
    if (now == Mood::slow) co_await clock_.sleep_until(clock_.now() + slow_answer);
    Response response;
    if (now == Mood::failing) {
      response.status = 500;
      co_return response;
    }
    const std::size_t host = request.url.find("://") + 3;
    const std::size_t path = request.url.find('/', host);
    simcloud::Asked call = simcloud::make_asked(std::string(name_of(request.method)), request.url.substr(path));
    ++asked[call.path.substr(face_.base.size())];
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

  void step() { world_.step(); }

  Mood mood = Mood::well;
  std::map<std::string, Mood> mood_of_part;  // of requests whose URL has that part, where another one than `mood`
  std::int64_t requests = 0;
  std::map<std::string, std::int64_t> asked;  // requests by path below the face's base

 private:
  const simcloud::Face& face_;
  simcloud::World world_;
  std::string key_;
  Clock& clock_;
  Budget& budget_;
};

inline CredentialRef ref_of(const Provider& provider, std::uint64_t seed) {
  return CredentialRef(std::string(provider.description.name) + "-" + std::to_string(seed));
}

/// All that a credential in force consists of, but for sockets.
class WorldSite {
 public:
  WorldSite(const Provider& from, std::uint64_t seed, Catalog& catalog, CatalogWriter& writer, Clock& clock,
            boost::asio::any_io_executor loop, Tasks& tasks, std::size_t regions = simcloud::WorldOptions().regions)
      : provider(from),
        ref(ref_of(provider, seed)),
        budget_(clock, {"", provider.description.requests_per_second, provider.description.request_burst},
                provider.description.request_rates),
        http(*simcloud::find_face(provider.description.name), world_of(seed, regions), "key-" + ref.str(), clock,
             budget_),
        rng_(seed),
        account_(provider.open(AccountContext{credential(), http, budget_, clock, rng_, cache_, loop, Redactor()})),
        state_(ref, catalog.load(ref), writer, clock, loop, loop),
        syncer_(state_, *account_, settings(loop), clock, rng_, loop, tasks) {}

  void start() { syncer_.start(); }

  const Provider& provider;
  const CredentialRef ref;

 private:
  TenantBudget budget_;

 public:
  WorldHttp http;

 private:
  static simcloud::WorldOptions world_of(std::uint64_t seed, std::size_t regions) {
    simcloud::WorldOptions world;
    world.seed = seed;
    world.regions = regions;
    return world;
  }
  [[nodiscard]] Credential credential() const {
    const simcloud::Face& face = *simcloud::find_face(provider.description.name);
    Credential made = simcloud::credential_at(face, "http://127.0.0.1:1" + std::string(face.base), "key-" + ref.str());
    made.ref = ref;
    if (made.endpoint.empty()) made.endpoint = provider.description.default_endpoint;
    return made;
  }
  [[nodiscard]] SyncSettings settings(boost::asio::any_io_executor loop) const {
    SyncSettings settings;
    settings.provider = &provider.description;
    settings.instance_type_interval = provider.description.instance_type_interval;
    settings.instance_interval = provider.description.instance_interval;
    settings.workers = std::move(loop);
    return settings;
  }

  Rng rng_;
  MemoryCache cache_;
  std::unique_ptr<Account> account_;
  AccountState state_;
  AccountSyncer syncer_;
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
