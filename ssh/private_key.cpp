#include "ssh/private_key.hpp"

#include <libssh/libssh.h>

#include <cstring>

#include "ssh/ed25519_pem.hpp"
#include "ssh/host_key.hpp"

namespace tally {
namespace {

/// A secret as C wants it. Its own copy, wiped.
class SecretText {
 public:
  explicit SecretText(const Secret& secret) : text_(secret.reveal()) {}
  ~SecretText() { explicit_bzero(text_.data(), text_.size()); }
  SecretText(const SecretText&) = delete;
  SecretText& operator=(const SecretText&) = delete;
  [[nodiscard]] const char* c_str() const { return text_.c_str(); }
  [[nodiscard]] bool contains(const char* word) const { return text_.find(word) != std::string::npos; }

 private:
  std::string text_;
};

/// Asked for a passphrase when none was given. Without it OpenSSL asks at the terminal.
int no_passphrase(const char*, char*, std::size_t, int, int, void* was_asked) {
  *static_cast<bool*>(was_asked) = true;
  return -1;
}

std::string why_not(const SshKey& key, const SecretText& text, bool was_asked) {
  if (text.contains("PUBLIC KEY") || !text.contains("PRIVATE KEY")) {
    return "what was given as private key is none; it begins with -----BEGIN ... PRIVATE KEY-----";
  }
  if (was_asked) return "the private key is encrypted and no passphrase was given";
  if (!key.passphrase.empty()) return "the private key cannot be read: the passphrase is wrong or the key is damaged";
  return "the private key cannot be read: it is damaged or of a kind that is not supported "
         "(Ed25519, ECDSA and RSA are, as OpenSSH, PKCS#8 or PKCS#1 text)";
}

}  // namespace

void FreePrivateKey::operator()(ssh_key key) const { ssh_key_free(key); }

OrWords<PrivateKey> read_private_key(const SshKey& key) {
  const SecretText text(key.private_key);
  const SecretText passphrase(key.passphrase);
  bool was_asked = false;
  ssh_key read = nullptr;
  const int result = ssh_pki_import_privkey_base64(text.c_str(), key.passphrase.empty() ? nullptr : passphrase.c_str(),
                                                   no_passphrase, &was_asked, &read);
  if (result != SSH_OK) return failed(why_not(key, text, was_asked));
  PrivateKey owned(read);
  if (to_host_key(read).fingerprint.empty()) {
    if (auto rewritten = openssh_from_pem(key)) return read_private_key({*std::move(rewritten), Secret()});
    return failed("the private key has no public half");
  }
  switch (ssh_key_type(read)) {
    case SSH_KEYTYPE_ED25519:
    case SSH_KEYTYPE_RSA:
    case SSH_KEYTYPE_ECDSA_P256:
    case SSH_KEYTYPE_ECDSA_P384:
    case SSH_KEYTYPE_ECDSA_P521: return owned;
    default: return failed("the private key is neither Ed25519 nor ECDSA nor RSA");
  }
}

Result<HostKey> public_half(const SshKey& key) {
  const auto read = read_private_key(key);
  if (read) return to_host_key(read->get());
  Error error;
  error.kind = Errc::invalid_request;
  error.operation = "read SSH key";
  error.message = read.error();
  return tl::unexpected(std::move(error));
}

OrWords<ssh_key> PrivateKeys::get(const std::shared_ptr<const SshKey>& key) {
  std::erase_if(entries_, [](const auto& entry) { return entry.second.text.expired(); });
  const auto known = entries_.find(key.get());
  if (known != entries_.end()) return known->second.key.get();
  auto read = read_private_key(*key);
  if (!read) return failed(read.error());
  return entries_.emplace(key.get(), Entry{key, std::move(*read)}).first->second.key.get();
}

}  // namespace tally
