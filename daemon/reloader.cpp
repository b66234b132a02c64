#include "daemon/reloader.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/logging.hpp"
#include "daemon/notify_targets.hpp"
#include "daemon/service_manager.hpp"
#include "runtime/guarded.hpp"
#include "runtime/log_line.hpp"
#include "runtime/run_on.hpp"

namespace tally {
namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds retire_every{5};

}  // namespace

Reloader::Reloader(ConfigSource source, Config in_force, Sessions& sessions, Housekeeper& housekeeper,
                   asio::any_io_executor loop, asio::any_io_executor workers)
    : source_(std::move(source)),
      in_force_(std::move(in_force)),
      sessions_(sessions),
      housekeeper_(housekeeper),
      loop_(std::move(loop)),
      workers_(std::move(workers)),
      idle_(loop_, asio::steady_timer::time_point::max()) {
  in_force_.credentials.clear();  // the sessions have them; secrets are kept once
}

asio::awaitable<std::vector<std::string>> Reloader::reload() {
  co_return co_await asio::co_spawn(loop_, read_and_apply(),
                                    asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable));
}

/// While it lives, nobody else changes what is in force.
class Reloader::Turn {
 public:
  explicit Turn(Reloader& of) : of_(of) { of_.is_busy_ = true; }
  ~Turn() {
    of_.is_busy_ = false;
    of_.idle_.cancel();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  Reloader& of_;
};

asio::awaitable<void> Reloader::idle() {
  while (is_busy_) {
    boost::system::error_code woken;
    co_await idle_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }
}

asio::awaitable<std::vector<std::string>> Reloader::read_and_apply() {
  if (source_.file.empty()) {
    std::vector<std::string> none{"this daemon runs without a configuration file"};
    co_return none;
  }
  co_await idle();
  const Turn turn(*this);
  const ReloadNotice notice;
  ReadConfig read;
  std::exception_ptr failure = co_await failure_of(read_into(read));
  if (!failure && read.problems.empty()) failure = co_await failure_of(apply(std::move(read.config)));
  if (failure) read.problems.push_back("cannot be put in force: " + words_of(failure));
  for (const std::string& problem : read.problems) spdlog::error("configuration: {}", problem);
  if (!read.problems.empty()) spdlog::error("configuration: the one in force is kept");
  if (observer_ != nullptr) observer_->see_reload(read.problems.empty());
  co_return std::move(read.problems);
}

asio::awaitable<void> Reloader::read_into(ReadConfig& read) {
  read = co_await run_on(workers_, [this] { return read_configuration(source_, in_force_.state_dir); });
}

asio::awaitable<void> Reloader::apply(Config config) {
  co_await sessions_.apply(std::move(config.credentials));
  if (notifier_ != nullptr) co_await notifier_->apply(rules_of(config.notify));
  if (config.state_dir != in_force_.state_dir || config.control_socket != in_force_.control_socket ||
      config.log.format != in_force_.log.format || config.http != in_force_.http ||
      config.lifecycle.conclude_after != in_force_.lifecycle.conclude_after) {
    spdlog::warn(
        "configuration: a new state_dir, control_socket, log.format, [http] or lifecycle.conclude_after takes a "
        "restart");
  }
  set_log_level(config.log.level);
  housekeeper_.keep(retention_limits(config.retention));
  in_force_.vault_key_file = config.vault_key_file;
  in_force_.operator_group = config.operator_group;
  spdlog::info("configuration: in force, {} credential(s)", sessions_.all().size());
}

/// A pass that fails is another's to make up for.
asio::awaitable<void> Reloader::retire_removed(Clock& clock) {
  for (;;) {
    co_await clock.sleep_until(clock.now() + retire_every);
    const std::exception_ptr failure =
        co_await asio::co_spawn(loop_, failure_of(forget_those_that_ended()),
                                asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable));
    if (failure) spdlog::error("removed credentials are kept for now: {}", words_of(failure));
  }
}

asio::awaitable<void> Reloader::forget_those_that_ended() {
  co_await idle();
  const Turn turn(*this);
  std::vector<CredentialRef> over;
  bool has_sealed = false;  // one of those is a record of the vault
  std::vector<CredentialConfig> others;
  for (const auto& session : sessions_.all()) {
    const CredentialConfig& config = session->config();
    const bool is_over = (config.is_left_out && !session->has_operations()) ||
                         (config.is_removed && session->has_outlived_its_instances());
    if (is_over) {
      over.push_back(config.credential.ref);
      has_sealed = has_sealed || config.is_removed;
    } else {
      others.push_back(config);
    }
  }
  if (over.empty()) co_return;
  // The vault may hold another record of the ref by now, which the next reload puts in force.
  if (has_sealed) {
    co_await run_on(workers_, [this, &over] {
      Vault vault = open_vault(in_force_.state_dir, in_force_.vault_key_file);
      for (const CredentialRef& ref : over) vault.erase_removed(ref);
    });
  }
  co_await sessions_.apply(std::move(others));
  for (const CredentialRef& ref : over) {
    log_line({ref.str()}, spdlog::level::info, fmt::format("{}: nothing of it goes on; forgotten", ref.str()));
  }
}

}  // namespace tally
