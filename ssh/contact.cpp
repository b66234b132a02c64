#include "ssh/contact.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <optional>

#include "cloud/host.hpp"
#include "cloud/limits.hpp"
#include "cloud/ssh_place.hpp"
#include "runtime/dial.hpp"
#include "runtime/text.hpp"
#include "ssh/algorithms.hpp"
#include "ssh/command.hpp"
#include "ssh/forward.hpp"
#include "ssh/host_key.hpp"

namespace tally {
namespace asio = boost::asio;

namespace {

/// Takes the words of a stage that failed, if it failed, and keeps the time of one that did not.
Step finished(Progress& progress, Step step) {
  if (step) progress.finish();
  return step;
}

Step check_host_key(const HostKey& key, const std::vector<HostKey>& expected) {
  if (key.fingerprint.empty()) return failed("the server's key cannot be read");
  if (key.public_key.size() > limits::public_key) return failed("the server's key is absurdly large");
  if (expected.empty() || is_expected(key, expected)) return {};
  std::string pinned;
  for (const HostKey& one : expected) pinned += (pinned.empty() ? "" : " or ") + one.type + " " + one.fingerprint;
  return failed(
      fmt::format("the server's key {} {} is not the pinned {}: another machine answers, or its key "
                  "was changed",
                  key.type, key.fingerprint, pinned));
}

constexpr std::string_view own_address = "this host's own address: the machine is not there, and is not contacted";

/// Whether a bastion is asked for what is this host seen from here; seen from the bastion it may be the bastion.
bool leads_here(OwnAddresses& own, const SshTarget& target) {
  if (const auto address = numeric_address(target.host)) return own.hold(*address, target.may_be_loopback);
  return is_loopback(target.host) && !target.may_be_loopback;
}

/// Why nobody can be contacted like that; "" when somebody can.
std::string fault_of(const SshTarget& target) {
  std::string fault = fault_of_ssh_host(target.host);
  if (fault.empty()) fault = fault_of_ssh_user(target.user);
  if (fault.empty() && target.bastion) {
    fault = fault_of(*target.bastion);
    if (!fault.empty()) fault = "of its bastion: " + fault;
  }
  return fault;
}

/// What a server says before it tells its version: why it does not, or which other service it is.
std::string with_heard(const std::string& words, const std::string& heard) {
  const std::string said = heard.starts_with("SSH-") ? "" : printable(heard, limits::message / 2);
  return said.find_first_not_of(' ') == std::string::npos ? words : words + "; it says: " + said;
}

std::string late_words(SshStage stage) {
  switch (stage) {
    case SshStage::dns: return "the resolver gave no answer";
    case SshStage::tcp: return "no answer: the machine is down, or a firewall drops what is sent to it";
    case SshStage::banner: return "connected, but the server did not tell its version";
    case SshStage::kex: return "the key exchange did not end";
    case SshStage::host_key: return "the server's key was not checked";
    case SshStage::auth: return "the server did not say whether it accepts the key";
    case SshStage::exec: return "the command did not end";
  }
  return "not done";
}

}  // namespace

Contact::Contact(ContactShare& share, SshTarget target, const SshCommand* command, SshOutput* output)
    : share_(share),
      target_(std::make_shared<const SshTarget>(std::move(target))),
      command_(command),
      output_(output) {}

asio::awaitable<void> Contact::run() {
  Step step;
  if (std::string fault = fault_of(*target_); !fault.empty()) {
    step = failed(std::move(fault));
  } else if (target_->bastion) {
    step = co_await run_through_bastion();
  } else {
    step = co_await run_directly();
  }
  if (!step) progress_.fail(std::move(step.error()));
}

void Contact::fail_late(std::chrono::milliseconds deadline) {
  const SshStage stage = is_at_bastion_ ? bastion_progress_.stage() : progress_.stage();
  const std::string where =
      is_at_bastion_ ? fmt::format("bastion {}: {}: ", target_->bastion->host, to_string(stage)) : "";
  const std::string words =
      fmt::format("{}{} within {:g} s", where, late_words(stage), std::chrono::duration<double>(deadline).count());
  progress_.fail(stage == SshStage::banner ? with_heard(words, heard_) : words);
}

asio::awaitable<Step> Contact::run_directly() {
  auto socket = co_await dial(target_, Here::refused, progress_);
  if (!socket) co_return failed(socket.error());
  co_return co_await talk(std::move(*socket));
}

asio::awaitable<OrWords<Socket>> Contact::dial(std::shared_ptr<const SshTarget> target, Here here, Progress& progress) {
  progress.begin(SshStage::dns);
  progress.pause();
  std::optional<Gate::Place> place = co_await share_.lookups.enter();
  progress.resume();
  auto endpoints = co_await resolve(target->host, target->port);
  place.reset();
  if (!endpoints) co_return failed(endpoints.error());
  progress.finish();
  progress.begin(SshStage::tcp);
  if (here == Here::refused) {
    const std::string first = endpoints->front().address().to_string();
    std::erase_if(*endpoints, [&](const asio::ip::tcp::endpoint& endpoint) {
      return share_.own.hold(endpoint.address(), target->may_be_loopback);
    });
    if (endpoints->empty()) co_return failed(fmt::format("{}: {}", first, own_address));
  }
  auto socket = co_await connect(std::move(*endpoints));
  if (!socket) co_return failed(socket.error());
  progress.finish();
  socket->set_option(asio::ip::tcp::no_delay(true));
  co_return Socket(socket->get_executor(), socket->release());
}

asio::awaitable<Contact::Opened> Contact::open(Socket socket, std::shared_ptr<const SshTarget> target,
                                               Progress& progress) {
  progress.begin(SshStage::banner);
  Opened session = SshSession::over(std::move(socket), *target);
  if (!session) co_return session;
  heard_.clear();
  Step step = finished(progress, co_await (*session)->await_version(heard_));
  if (!step) co_return failed(with_heard(step.error(), heard_));
  progress.report().server_version = (*session)->server_version();

  progress.begin(SshStage::kex);
  progress.pause();
  const Gate::Place place = co_await share_.handshakes.enter();
  progress.resume();
  step = finished(progress, co_await (*session)->exchange_keys());
  if (!step && !target->expected.empty() && (*session)->has_no_common_host_key()) {
    progress.begin(SshStage::host_key);
    co_return failed("the server has no key of the pinned type (" + host_key_algorithms(target->expected) +
                     "): another machine answers, or its keys were changed");
  }
  if (!step) co_return failed(std::move(step.error()));

  progress.begin(SshStage::host_key);
  const HostKey host_key = (*session)->host_key();
  if (host_key.public_key.size() <= limits::public_key) progress.report().host_key = host_key;
  step = finished(progress, check_host_key(host_key, target->expected));
  if (!step) co_return failed(std::move(step.error()));

  if (target->key) {
    step = co_await log_in(**session, target, progress);
    if (!step) co_return failed(std::move(step.error()));
  }
  co_return session;
}

asio::awaitable<Step> Contact::log_in(SshSession& session, std::shared_ptr<const SshTarget> target,
                                      Progress& progress) {
  progress.begin(SshStage::auth);
  const auto key = share_.keys.get(target->key);
  if (!key) co_return failed(key.error());
  co_return finished(progress, co_await session.authenticate(*key));
}

asio::awaitable<Step> Contact::talk(Socket socket) {
  Opened session = co_await open(std::move(socket), target_, progress_);
  if (!session) co_return failed(std::move(session.error()));
  if (command_ == nullptr) co_return Step();
  if (!target_->key) {
    progress_.begin(SshStage::auth);
    co_return failed("no key was given to log in with");
  }
  progress_.begin(SshStage::exec);
  co_return finished(progress_, co_await run_command(**session, *command_, *output_));
}

asio::awaitable<Step> Contact::run_through_bastion() {
  const auto bastion = target_->bastion;
  const auto at_bastion = [&](std::string_view words) {
    return failed(fmt::format("bastion {}: {}: {}", bastion->host, to_string(bastion_progress_.stage()), words));
  };
  progress_.begin(SshStage::tcp);
  if (leads_here(share_.own, *target_)) co_return failed(fmt::format("{}: {}", target_->host, own_address));
  is_at_bastion_ = true;
  if (bastion->bastion) co_return at_bastion("a bastion behind a bastion is not supported");
  auto socket = co_await dial(bastion, Here::allowed, bastion_progress_);
  if (!socket) co_return at_bastion(socket.error());
  Opened session = co_await open(std::move(*socket), bastion, bastion_progress_);
  if (!session) co_return at_bastion(session.error());
  if (!bastion->key) {
    bastion_progress_.begin(SshStage::auth);
    co_return at_bastion("no key was given to log in with");
  }
  is_at_bastion_ = false;
  auto forward = co_await Forward::open(**session, target_->host, target_->port);
  if (!forward) {
    co_return failed(fmt::format("bastion {} cannot connect to {}:{}: {}", bastion->host, target_->host, target_->port,
                                 forward.error()));
  }
  progress_.finish();

  const auto executor = co_await asio::this_coro::executor;
  // Each ends the other: a closed socket is an end of the connection to both.
  auto group =
      asio::experimental::make_parallel_group(asio::co_spawn(executor, talk((*forward)->take_socket()), asio::deferred),
                                              asio::co_spawn(executor, (*forward)->carry(), asio::deferred));
  const auto [order, failure, step, carry_failure] =
      co_await group.async_wait(asio::experimental::wait_for_all(), asio::use_awaitable);
  if (failure) std::rethrow_exception(failure);
  if (carry_failure) std::rethrow_exception(carry_failure);
  co_return step;
}

}  // namespace tally
