// TLS contexts, one a set of trusted authorities: each loads the CA bundle once and costs most of a megabyte.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <filesystem>
#include <map>
#include <memory>

namespace tally {

class TlsContexts {
 public:
  /// Trusts the authorities of `ca_file` (PEM), those of the system when it is empty. TLS 1.2 or newer, peer always
  /// verified. Throws boost::system::system_error when the file cannot be read.
  std::shared_ptr<boost::asio::ssl::context> get(const std::filesystem::path& ca_file);

 private:
  std::map<std::filesystem::path, std::shared_ptr<boost::asio::ssl::context>> contexts_;
};

}  // namespace tally
