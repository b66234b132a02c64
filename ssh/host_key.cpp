#include "ssh/host_key.hpp"

#include <libssh/libssh.h>
#include <openssl/crypto.h>

namespace tally {

HostKey to_host_key(ssh_key key) {
  HostKey host_key;
  unsigned char* hash = nullptr;
  std::size_t size = 0;
  if (ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &size) != SSH_OK) return {};
  char* fingerprint = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, size);
  ssh_clean_pubkey_hash(&hash);
  if (fingerprint == nullptr) return {};
  host_key.fingerprint = fingerprint;
  ssh_string_free_char(fingerprint);

  char* base64 = nullptr;
  if (ssh_pki_export_pubkey_base64(key, &base64) != SSH_OK) return {};
  host_key.public_key = base64;
  ssh_string_free_char(base64);

  if (const char* type = ssh_key_type_to_char(ssh_key_type(key))) host_key.type = type;
  return host_key;
}

bool is_expected(const HostKey& key, const std::vector<HostKey>& expected) {
  int found = 0;
  for (const HostKey& one : expected) {
    const bool is_comparable = one.type == key.type && one.fingerprint.size() == key.fingerprint.size();
    if (!is_comparable) continue;
    found |= CRYPTO_memcmp(one.fingerprint.data(), key.fingerprint.data(), key.fingerprint.size()) == 0 ? 1 : 0;
  }
  return found != 0;
}

}  // namespace tally
