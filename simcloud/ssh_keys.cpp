#include "simcloud/ssh_keys.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string_view>

namespace tally::simcloud {
namespace {

constexpr std::size_t key_size = 32;  // of both halves
using HalfKey = std::array<unsigned char, key_size>;

std::string_view text_of(const HalfKey& half) { return {reinterpret_cast<const char*>(half.data()), half.size()}; }

HalfKey public_half(const HalfKey& secret) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, secret.data(), secret.size()), &EVP_PKEY_free);
  HalfKey half{};
  std::size_t size = half.size();
  if (!key || EVP_PKEY_get_raw_public_key(key.get(), half.data(), &size) != 1) {
    throw std::runtime_error("OpenSSL makes no Ed25519 key");
  }
  return half;
}

std::string number(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
  return bytes;
}

std::string field(std::string_view bytes) { return number(static_cast<std::uint32_t>(bytes.size())).append(bytes); }

/// The one form in which libssh 0.10 reads a whole Ed25519 key, its public half included: OpenSSH's PROTOCOL.key.
std::string openssh_private_key(const HalfKey& secret) {
  const HalfKey half = public_half(secret);
  const std::string type = field("ssh-ed25519");
  std::string inner = number(0) + number(0) + type + field(text_of(half)) +
                      field(std::string(text_of(secret)).append(text_of(half))) + field("");
  for (char pad = 1; inner.size() % 8 != 0; ++pad) inner += pad;
  const std::string whole = std::string("openssh-key-v1") + '\0' + field("none") + field("none") + field("") +
                            number(1) + field(type + field(text_of(half))) + field(inner);
  std::string base64(4 * (whole.size() / 3 + 1) + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(base64.data()),
                      reinterpret_cast<const unsigned char*>(whole.data()), static_cast<int>(whole.size()));
  base64.resize(static_cast<std::size_t>(size));
  return fmt::format("-----BEGIN OPENSSH PRIVATE KEY-----\n{}\n-----END OPENSSH PRIVATE KEY-----\n", base64);
}

}  // namespace

SshKeyPointer make_host_key(std::uint64_t seed, const std::string& id, int installations) {
  const std::string origin = fmt::format("{} {} {}", seed, id, installations);
  HalfKey secret{};
  static_assert(secret.size() == SHA256_DIGEST_LENGTH);
  SHA256(reinterpret_cast<const unsigned char*>(origin.data()), origin.size(), secret.data());
  ssh_key key = nullptr;
  if (ssh_pki_import_privkey_base64(openssh_private_key(secret).c_str(), nullptr, nullptr, nullptr, &key) != SSH_OK) {
    throw std::runtime_error("libssh does not take an Ed25519 key");
  }
  return SshKeyPointer(key);
}

std::string public_base64(ssh_key key) {
  char* base64 = nullptr;
  if (ssh_pki_export_pubkey_base64(key, &base64) != SSH_OK) throw std::runtime_error("libssh cannot export a key");
  std::string text = base64;
  ssh_string_free_char(base64);
  return text;
}

SshKeyPointer read_public_key(const std::filesystem::path& file) {
  ssh_key key = nullptr;
  if (ssh_pki_import_pubkey_file(file.c_str(), &key) != SSH_OK) {
    throw std::invalid_argument("no public SSH key in " + file.string());
  }
  return SshKeyPointer(key);
}

bool make_login_key(const std::filesystem::path& file) {
  // libssh opens the file as it finds it, so this is what keeps others from reading it.
  const int descriptor = open(file.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (descriptor < 0) return false;
  close(descriptor);
  ssh_key made = nullptr;
  ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &made);
  const SshKeyPointer key(made);
  return key && ssh_pki_export_privkey_file(key.get(), nullptr, nullptr, nullptr, file.c_str()) == SSH_OK &&
         ssh_pki_export_pubkey_file(key.get(), (file.string() + ".pub").c_str()) == SSH_OK;
}

bool is_authorized(const std::filesystem::path& authorized_keys, ssh_key key) {
  std::ifstream in(authorized_keys);
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string type;
    std::string base64;
    ssh_key imported = nullptr;
    if (!(words >> type >> base64)) continue;
    if (ssh_pki_import_pubkey_base64(base64.c_str(), ssh_key_type_from_name(type.c_str()), &imported) != SSH_OK) {
      continue;
    }
    const SshKeyPointer known(imported);
    if (ssh_key_cmp(known.get(), key, SSH_KEY_CMP_PUBLIC) == 0) return true;
  }
  return false;
}

}  // namespace tally::simcloud
