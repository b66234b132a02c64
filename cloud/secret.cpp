#include "cloud/secret.hpp"

#include <openssl/crypto.h>

#include <cstring>

namespace tally {

namespace {

/// Also what stood behind its end: a text that was shortened still holds the rest of its bytes there.
void wipe_text(std::string& text) noexcept {
  text.resize(text.capacity());
  explicit_bzero(text.data(), text.size());
  text.clear();
}

}  // namespace

// Copied, not moved: a short string that was moved from still holds its bytes, beyond wipe()'s reach, and a long one
// would take along what stands behind its end.
Secret::Secret(std::string&& value) : value_(value) { wipe_text(value); }

// NOLINTNEXTLINE(performance-move-constructor-init): copied, as above.
Secret::Secret(Secret&& other) noexcept : value_(other.value_) { other.wipe(); }

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    wipe();
    value_ = other.value_;
  }
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe();
    value_ = other.value_;
    other.wipe();
  }
  return *this;
}

Secret::~Secret() { wipe(); }

bool operator==(const Secret& a, const Secret& b) noexcept {
  return a.value_.size() == b.value_.size() && CRYPTO_memcmp(a.value_.data(), b.value_.data(), a.value_.size()) == 0;
}

void Secret::wipe() noexcept { wipe_text(value_); }

}  // namespace tally
