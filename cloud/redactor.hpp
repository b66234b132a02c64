// Takes a credential's secret values out of what a vendor wrote, before it is stored, logged or shown: some APIs quote
// the key that they refuse. Immutable; may be used on any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cloud/credential.hpp"
#include "cloud/error.hpp"
#include "cloud/listing.hpp"
#include "cloud/provider.hpp"

namespace tally {

class Redactor {
 public:
  Redactor() = default;  // knows no secrets
  Redactor(const SecretFields& fields, const ProviderDescription& provider);

  [[nodiscard]] std::string clean(std::string text) const;
  [[nodiscard]] Error clean(Error error) const;
  void clean(std::vector<Rejected>& rows) const;

  /// Whether a secret stands in the text, whole.
  [[nodiscard]] bool holds_secret(std::string_view text) const;

 private:
  std::vector<Secret> secrets_;
};

}  // namespace tally
