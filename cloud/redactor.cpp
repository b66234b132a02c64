#include "cloud/redactor.hpp"

#include <iterator>

#include "cloud/secret_index.hpp"
#include "cloud/secret_values.hpp"

namespace tally {
namespace {
constexpr std::string_view mask = "[redacted]";
}  // namespace

Redactor::Redactor(const SecretFields& fields, const ProviderDescription& provider) {
  std::vector<Secret> values;
  for (const CredentialField& field : provider.credential_fields) {
    const auto at = fields.find(field.name);
    if (!field.is_secret || at == fields.end()) continue;
    std::vector<Secret> of_field = secret_values(at->second);
    std::move(of_field.begin(), of_field.end(), std::back_inserter(values));
  }
  auto secrets = std::make_shared<const SecretIndex>(std::move(values));
  if (!secrets->is_empty()) secrets_ = std::move(secrets);
}

std::string Redactor::clean(std::string text) const {
  if (!secrets_) return text;
  const std::vector<SecretIndex::Place> places = secrets_->find(text);
  if (places.empty()) return text;
  std::string cleaned;
  std::size_t kept = 0;
  for (const SecretIndex::Place& place : places) {
    cleaned.append(text, kept, place.begin - kept).append(mask);
    kept = place.end;
  }
  return cleaned.append(text, kept);
}

Error Redactor::clean(Error error) const {
  error.code = clean(std::move(error.code));
  error.message = clean(std::move(error.message));
  error.advice = clean(std::move(error.advice));
  return error;
}

void Redactor::clean(std::vector<Rejected>& rows) const {
  for (Rejected& row : rows) {
    row.id = clean(std::move(row.id));
    row.reason = clean(std::move(row.reason));
    row.raw = clean(std::move(row.raw));
  }
}

bool Redactor::holds_secret(std::string_view text) const { return secrets_ && !secrets_->find(text).empty(); }

}  // namespace tally
