// Takes a credential's secret values out of what a vendor wrote, before it is stored, logged or shown: some APIs quote
// the key that they refuse, whole, wrapped, cut or half hidden. Works on texts as a person reads them: decoded, and not
// yet cut. May be used on any thread, and copied cheaply: copies are the same redactor, and know what any of them
// learns. A text is read once, however many secrets there are.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/answer.hpp"
#include "cloud/credential.hpp"
#include "cloud/error.hpp"
#include "cloud/provider.hpp"

namespace tally {

class SecretIndex;

class Redactor {
 public:
  Redactor();  // knows no secrets yet
  Redactor(const SecretFields& fields, const ProviderDescription& provider);

  /// A secret that the credential was turned into, such as a token. Of these the newest limits::secrets_learned are
  /// known, beside the credential's own.
  void learn(const Secret& secret);

  /// The text with "[redacted]" in the place of: a whole secret (of 8 characters or more), any 16 characters of one
  /// that follow each other, and its first or last 8 or more where they end the text or stand beside "…", "...", an
  /// asterisk or a quote. White space within is overlooked, and so are the escapes of JSON and of URLs; what base64
  /// makes of a secret counts as the secret. Which parts of a field are secret: see secret_values().
  [[nodiscard]] std::string clean(std::string text) const;
  [[nodiscard]] Error clean(Error error) const;
  void clean(std::vector<Rejected>& rows) const;

  /// Whether clean() would alter it. An ID is never altered: a row whose ID holds a secret is rejected.
  [[nodiscard]] bool holds_secret(std::string_view text) const;

 private:
  struct Known;
  explicit Redactor(std::vector<Secret> values);
  [[nodiscard]] std::shared_ptr<const SecretIndex> secrets() const;

  std::shared_ptr<Known> known_;
};

}  // namespace tally
