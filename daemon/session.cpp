#include "daemon/session.hpp"

#include <fmt/format.h>

#include "daemon/ssh_settings.hpp"
#include "providers/dry_run.hpp"
#include "providers/registry.hpp"
#include "runtime/fair_strand.hpp"
#include "runtime/guarded.hpp"
#include "runtime/log_line.hpp"

namespace tally {
namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds again_after{1};
constexpr std::chrono::seconds tell_capabilities_every{5};

SyncSettings settings_of(const CredentialConfig& config, asio::any_io_executor workers, WorkObserver* observer) {
  SyncSettings settings;
  settings.provider = config.provider;
  settings.instance_type_interval = config.instance_type_interval;
  settings.instance_interval = config.instance_interval;
  settings.stable_ids = config.stable_ids;
  settings.workers = std::move(workers);
  settings.observer = observer;
  return settings;
}

}  // namespace

Session::Session(CredentialConfig config, SessionContext context, std::shared_ptr<TlsTrust> tls, Budget& budget,
                 KnownAccount known, AccountCache::Values cached)
    : config_(std::move(config)),
      context_(std::move(context)),
      budget_(budget),
      workers_(FairStrand::on(context_.workers)),
      tasks_(context_.loop, report_failure),
      http_(context_.connect(config_, {std::move(tls), budget, context_.clock, context_.rng, workers_, context_.bodies,
                                       context_.proxies, [this](const HttpAttempt& made) { see(made); }})),
      cache_(config_.credential.ref, std::move(cached), context_.writer, context_.clock, tasks_),
      redactor_(config_.credential.fields, *config_.provider),
      account_(find_provider(config_.provider->name)->open(context_of_account())),
      shown_(*account_, overlays_, context_.clock),
      state_(config_.credential.ref, std::move(known), context_.writer, context_.clock, context_.loop, workers_,
             redactor_, config_.ssh.is_probed ? &context_.probes : nullptr),
      syncer_(state_, shown_, settings_of(config_, workers_, context_.observer), context_.clock, context_.rng,
              context_.loop, tasks_) {}

void Session::see(const HttpAttempt& made) {
  if (made.date) state_.note_vendor_time(*made.date);
  if (context_.observer == nullptr) return;
  context_.observer->see_request(config_.credential.ref.str(), name_of(made.method), made.status, made.is_throttled,
                                 made.took);
}

AccountContext Session::context_of_account() {
  return {config_.credential, *http_, budget_, context_.clock, context_.rng, cache_, workers_, redactor_};
}

void Session::go_on_from(const Session& before) {
  state_.adopt(before.known());
  cache_.adopt(before.cache_);
}

std::vector<std::string> Session::capabilities() const {
  const Capabilities all = account_->capabilities();
  const Capabilities allowed = config_.forbids_changes() ? reading_only(all) : all;
  return {allowed.begin(), allowed.end()};
}

void Session::start() {
  tasks_.spawn("start of " + config_.credential.ref.str(), begin());
  tasks_.spawn("capabilities of " + config_.credential.ref.str(), tell_capabilities());
}

/// What a vendor grants may be learned, or change, long after the credential was written with what was known then.
asio::awaitable<void> Session::tell_capabilities() {
  std::vector<std::string> told = capabilities();
  for (;;) {
    co_await context_.clock.sleep_until(context_.clock.now() + tell_capabilities_every);
    std::vector<std::string> now = capabilities();
    if (now == told) continue;
    auto set = [credential = config_.credential.ref, now](Catalog& catalog) {
      catalog.set_capabilities(credential, now);
    };
    auto written = context_.writer.write(WritePriority::tally, config_.credential.ref.str(), std::move(set));
    const std::exception_ptr failure = co_await failure_of(std::move(written));
    if (!failure) told = std::move(now);  // else told to the log, and tried again
  }
}

/// A catalog that fails keeps a credential waiting, as it would keep its polls from being written.
asio::awaitable<void> Session::begin() {
  std::string told;
  for (;;) {
    const std::exception_ptr failure = co_await failure_of(prepare());
    if (!failure) break;
    const std::string words = words_of(failure);
    const std::string& ref = config_.credential.ref.str();
    if (words != told) log_line({ref}, spdlog::level::err, fmt::format("{}: cannot start: {}", ref, words));
    told = words;
    co_await context_.clock.sleep_until(context_.clock.now() + again_after);
  }
  syncer_.start();
}

/// Each step is done once.
asio::awaitable<void> Session::prepare() {
  if (!tenancy_.empty()) {
    co_await context_.writer.commit(config_.credential.ref, tenancy_);
    KnownAccount known = state_.known();
    for (const ProblemKey& over : tenancy_.problems_ended) known.credential_problems.erase(over);
    for (const auto& problem : tenancy_.problems_started) known.credential_problems.insert(problem.key);
    state_.adopt(std::move(known));
    tenancy_ = ChangeSet();
  }
  if (config_.ssh.is_probed) {
    co_await context_.probes.add(config_.credential.ref, config_.provider, probe_settings_of(config_),
                                 state_.known().instances);
  }
  co_await context_.lifecycle.open(lend());
}

/// For as long as a call that was begun through it has not ended.
lifecycle::DeskParts Session::lend() {
  const ProviderDescription& provider = *config_.provider;
  lifecycle::DeskParts parts;
  parts.credential = config_.credential.ref;
  parts.api_type = provider.api_type;
  parts.create = provider.create;
  parts.creates_per_minute = provider.creates_per_minute;
  parts.between_creates = provider.between_creates;
  parts.stops_what_fails = provider.stops_what_fails;
  parts.shares_names = provider.shares_names;
  parts.guards.is_read_only = config_.forbids_changes();
  parts.guards.max_creates_per_hour = config_.max_creates_per_hour;
  parts.guards.max_price_per_hour = config_.max_price_per_hour;
  parts.lender = shared_from_this();
  parts.account = account_.get();
  parts.overlays = &overlays_;
  parts.queue = &syncer_;
  parts.known = [this]() -> const KnownAccount& { return state_.known(); };
  parts.vendor_ahead = [this] { return state_.vendor_ahead(); };
  parts.plan = [this](CreateRequest request) {
    return plan_create(*find_provider(config_.provider->name), context_of_account(), std::move(request));
  };
  return parts;
}

asio::awaitable<void> Session::stop() {
  tasks_.cancel();
  co_await tasks_.join();
}

}  // namespace tally
