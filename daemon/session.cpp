#include "daemon/session.hpp"

#include "providers/registry.hpp"
#include "syncers/change_log.hpp"

namespace tally {
namespace asio = boost::asio;

namespace {

SyncSettings settings_of(const CredentialConfig& config, const SessionContext& context) {
  SyncSettings settings;
  settings.provider = config.provider;
  settings.instance_type_interval = config.instance_type_interval;
  settings.instance_interval = config.instance_interval;
  settings.stable_ids = config.stable_ids;
  settings.workers = context.workers;
  return settings;
}

}  // namespace

Session::Session(CredentialConfig config, SessionContext context, std::shared_ptr<TlsTrust> tls, Budget& budget,
                 KnownAccount known, AccountCache::Values cached)
    : config_(std::move(config)),
      tasks_(context.loop, report_failure),
      http_(make_http_client(std::move(tls), budget, context.clock, context.rng, context.proxies)),
      cache_(config_.credential.ref, std::move(cached), context.writer, tasks_),
      account_(
          find_provider(config_.provider->name)
              ->open(AccountContext{config_.credential, *http_, context.clock, context.rng, cache_, context.workers})),
      state_(config_.credential.ref, std::move(known), context.writer, context.clock, context.workers,
             Redactor(config_.credential.fields, *config_.provider), config_.ssh.is_probed ? &context.probes : nullptr),
      types_(state_, *account_, settings_of(config_, context), context.clock),
      instances_(state_, *account_, settings_of(config_, context), context.clock),
      type_loop_(types_, context.clock, context.rng),
      instance_loop_(instances_, context.clock, context.rng) {}

void Session::start() {
  tasks_.spawn(types_.name(), type_loop_.run());
  tasks_.spawn(instances_.name(), instance_loop_.run());
}

asio::awaitable<void> Session::stop() {
  tasks_.cancel();
  co_await tasks_.join();
}

}  // namespace tally
