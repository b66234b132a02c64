// Whom TLS trusts: one context a set of authorities, for each loads the CA bundle once and costs most of a megabyte.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

namespace tally {

/// The authorities of one file, or those of the system. Read again when that changes on disk. Loop thread.
class TlsTrust {
 public:
  /// `ca_file` is PEM; empty: the system's. Throws boost::system::system_error when it cannot be read.
  explicit TlsTrust(std::filesystem::path ca_file);

  /// For the next connection: TLS 1.2 or newer, peer always verified. What cannot be read any more, or is being
  /// written, keeps the authorities that were read before.
  std::shared_ptr<boost::asio::ssl::context> current();

  /// The same authorities as text (PEM), for who has no such context: the file's, or those of the system's bundle. ""
  /// where the system has no bundle.
  std::string authorities();

 private:
  [[nodiscard]] std::shared_ptr<boost::asio::ssl::context> load() const;
  [[nodiscard]] std::string stamp() const;

  std::filesystem::path ca_file_;
  std::string stamp_;  // of the files that were read
  std::shared_ptr<boost::asio::ssl::context> context_;
  std::string authorities_stamp_;  // of what is below; "": nothing has been read
  std::string authorities_;
};

class TlsContexts {
 public:
  /// Those who trust the same authorities share them. Throws boost::system::system_error when the file cannot be read.
  std::shared_ptr<TlsTrust> get(const std::filesystem::path& ca_file);

 private:
  std::map<std::filesystem::path, std::shared_ptr<TlsTrust>> trusts_;
};

}  // namespace tally
