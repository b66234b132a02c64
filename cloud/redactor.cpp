#include "cloud/redactor.hpp"

#include <deque>
#include <iterator>
#include <mutex>
#include <utility>

#include "cloud/limits.hpp"
#include "cloud/secret_index.hpp"
#include "cloud/secret_values.hpp"
#include "runtime/contains.hpp"

namespace tally {
namespace {
constexpr std::string_view mask = "[redacted]";

std::vector<Secret> secrets_of(const SecretFields& fields, const ProviderDescription& provider) {
  std::vector<Secret> values;
  for (const CredentialField& field : provider.credential_fields) {
    const auto at = fields.find(field.name);
    if (!field.is_secret || at == fields.end()) continue;
    std::vector<Secret> of_field = secret_values(at->second);
    std::move(of_field.begin(), of_field.end(), std::back_inserter(values));
  }
  return values;
}

}  // namespace

/// What all copies share. The index is replaced, never altered: whoever reads a text has one of its own meanwhile.
struct Redactor::Known {
  explicit Known(std::vector<Secret> values)
      : own(std::move(values)), index(std::make_shared<const SecretIndex>(own)) {}

  std::mutex mutex;
  const std::vector<Secret> own;  // of the credential
  std::deque<Secret> learned;     // the newest last
  std::shared_ptr<const SecretIndex> index;
};

Redactor::Redactor() : Redactor(std::vector<Secret>()) {}

Redactor::Redactor(std::vector<Secret> values) : known_(std::make_shared<Known>(std::move(values))) {}

Redactor::Redactor(const SecretFields& fields, const ProviderDescription& provider)
    : Redactor(secrets_of(fields, provider)) {}

void Redactor::learn(const Secret& secret) {
  const std::lock_guard lock(known_->mutex);
  std::deque<Secret>& learned = known_->learned;
  if (contains(learned, secret)) return;
  learned.push_back(secret);
  if (learned.size() > limits::secrets_learned) learned.pop_front();
  std::vector<Secret> all = known_->own;
  all.insert(all.end(), learned.begin(), learned.end());
  known_->index = std::make_shared<const SecretIndex>(all);
}

std::shared_ptr<const SecretIndex> Redactor::secrets() const {
  const std::lock_guard lock(known_->mutex);
  return known_->index;
}

std::string Redactor::clean(std::string text) const {
  const std::shared_ptr<const SecretIndex> secrets = this->secrets();
  if (secrets->is_empty()) return text;
  const std::vector<SecretIndex::Place> places = secrets->find(text);
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

bool Redactor::holds_secret(std::string_view text) const {
  const std::shared_ptr<const SecretIndex> secrets = this->secrets();
  return !secrets->is_empty() && !secrets->find(text).empty();
}

}  // namespace tally
