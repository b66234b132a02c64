// The rules of notifications as the configuration has them, and the ways to those who are told. Loop thread.
#pragma once

#include <memory>
#include <vector>

#include "config/notify_config.hpp"
#include "daemon/site.hpp"
#include "net/bodies_in_flight.hpp"
#include "net/tls.hpp"
#include "notify/rule.hpp"
#include "notify/target.hpp"
#include "notify/webhook.hpp"

namespace tally {

std::vector<notify::Rule> rules_of(const std::vector<NotifyConfig>& configured);

/// Makes a way for each rule of its own, apart from those to vendors: connections, no budget, bodies.
class NotifyTargets {
 public:
  /// Programs are started on `starter`.
  NotifyTargets(SiteParts parts, boost::asio::any_io_executor starter)
      : parts_(std::move(parts)), starter_(std::move(starter)) {}

  /// What it makes must not outlive this. Throws boost::system::system_error when no authority can be read.
  std::unique_ptr<notify::Target> make(const notify::Rule& rule);

 private:
  SiteParts parts_;
  boost::asio::any_io_executor starter_;
  notify::NoBudget budget_;
  TlsContexts tls_;
  std::shared_ptr<BodiesInFlight> bodies_ = std::make_shared<BodiesInFlight>();
};

}  // namespace tally
