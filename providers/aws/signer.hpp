// Vouches for each attempt anew, so that a repeated request has a fresh date. Loop thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "net/authorizer.hpp"
#include "providers/aws/sigv4.hpp"
#include "runtime/clock.hpp"

namespace tally::aws {

/// How far the vendor's clock is from ours, as the account's answers tell: its requests are dated by the vendor's.
struct ClockOffset {
  std::chrono::milliseconds applied{0};            // to dates, since a request was refused for its date
  std::optional<std::chrono::milliseconds> known;  // by the last answer; the vendor's clock less ours
};

class Signer final : public Authorizer {
 public:
  /// Clock and offset outlive the signer.
  Signer(AccessKey key, SigningScope scope, const Clock& clock, const ClockOffset& offset)
      : key_(std::move(key)), scope_(std::move(scope)), clock_(clock), offset_(offset) {}

  Task<std::vector<Header>> authorize(std::shared_ptr<const OutgoingRequest> request) override {
    co_return sign(*request, key_, scope_, clock_.wall_now() + offset_.applied);
  }

 private:
  const AccessKey key_;
  const SigningScope scope_;
  const Clock& clock_;
  const ClockOffset& offset_;
};

}  // namespace tally::aws
