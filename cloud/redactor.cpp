#include "cloud/redactor.hpp"

#include <algorithm>

namespace tally {
namespace {
constexpr std::size_t shortest_secret = 8;  // a shorter one would make holes in ordinary words
constexpr std::string_view mask = "[redacted]";
}  // namespace

Redactor::Redactor(const SecretFields& fields, const ProviderDescription& provider) {
  for (const CredentialField& field : provider.credential_fields) {
    const auto at = fields.find(field.name);
    if (!field.is_secret || at == fields.end() || at->second.reveal().size() < shortest_secret) continue;
    secrets_.push_back(at->second);
  }
}

std::string Redactor::clean(std::string text) const {
  for (const Secret& secret : secrets_) {
    for (std::size_t at = text.find(secret.reveal()); at != std::string::npos;
         at = text.find(secret.reveal(), at + mask.size())) {
      text.replace(at, secret.reveal().size(), mask);
    }
  }
  return text;
}

Error Redactor::clean(Error error) const {
  error.code = clean(std::move(error.code));
  error.message = clean(std::move(error.message));
  return error;
}

bool Redactor::holds_secret(std::string_view text) const {
  return std::any_of(secrets_.begin(), secrets_.end(),
                     [text](const Secret& secret) { return text.find(secret.reveal()) != std::string_view::npos; });
}

void Redactor::clean(std::vector<Rejected>& rows) const {
  for (Rejected& row : rows) {
    row.id = clean(std::move(row.id));
    row.reason = clean(std::move(row.reason));
    row.raw = clean(std::move(row.raw));
  }
}

}  // namespace tally
