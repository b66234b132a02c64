#include "ssh/authorized_key.hpp"

#include <libssh/libssh.h>

#include <algorithm>

#include "runtime/ascii.hpp"
#include "runtime/text.hpp"
#include "ssh/host_key.hpp"
#include "ssh/text.hpp"

namespace tally {
namespace {

Error refused(std::string message) {
  Error error;
  error.kind = Errc::invalid_request;
  error.operation = "read public SSH key";
  error.message = std::move(message);
  return error;
}

}  // namespace

Result<HostKey> read_authorized_key(std::string_view line) {
  if (line.find("PRIVATE KEY") != std::string_view::npos) {
    return tl::unexpected(refused("this is a private key; the public half was asked for"));
  }
  if (std::any_of(line.begin(), line.end(), ascii::is_control)) {
    return tl::unexpected(refused("a public key is one line, without tabs and other control characters"));
  }
  const std::size_t space = std::min(line.find(' '), line.size());
  const std::string type(line.substr(0, space));
  const std::string_view rest = line.substr(std::min(space + 1, line.size()));
  const std::string base64(rest.substr(0, rest.find(' ')));
  const ssh_keytypes_e known = ssh_key_type_from_name(type.c_str());
  ssh_key key = nullptr;
  if (known == SSH_KEYTYPE_UNKNOWN || ssh_pki_import_pubkey_base64(base64.c_str(), known, &key) != SSH_OK) {
    return tl::unexpected(refused("\"" + printable(line, 40) + "\" is no public key (type, a space, base64)"));
  }
  HostKey read = to_host_key(key);
  ssh_key_free(key);
  return read;
}

}  // namespace tally
