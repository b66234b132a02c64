// Tells by HTTP: one POST a notification, signed. Loop thread.
#pragma once

#include <memory>

#include "net/http.hpp"
#include "net/http_client.hpp"
#include "notify/rule.hpp"
#include "notify/target.hpp"

namespace tally::notify {

class Webhook final : public Target {
 public:
  /// `http` serves this rule alone.
  Webhook(std::string url, Secret secret, std::unique_ptr<HttpClient> http);

  Task<> deliver(std::string body) override;
  [[nodiscard]] std::size_t lanes() const override;

 private:
  const std::string url_;
  const Secret secret_;
  const std::unique_ptr<HttpClient> http_;
};

/// A budget for who is no vendor: how often a receiver is asked is its rule's matter (deliverer.hpp).
class NoBudget final : public Budget {
 public:
  Task<> acquire(Draw draw) override;
  void hold_syncs_until(TimePoint /*until*/, std::string_view /*pool*/) override {}
  void pause_until(TimePoint until, std::string_view pool) override;
};

}  // namespace tally::notify
