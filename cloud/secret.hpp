// A value that must never be shown. It cannot be printed, formatted or copied into a std::string by accident: the one
// way out is reveal(), which is easy to grep for. The bytes are wiped when it goes away.
#pragma once

#include <string>
#include <string_view>

namespace tally {

class Secret {
 public:
  Secret() = default;
  explicit Secret(const std::string& value) : value_(value) {}
  /// Wipes the text that it was made of.
  explicit Secret(std::string&& value);
  Secret(const Secret&) = default;
  Secret& operator=(const Secret& other);
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  [[nodiscard]] std::string_view reveal() const { return value_; }
  [[nodiscard]] bool empty() const { return value_.empty(); }

  /// Takes as long whatever the texts are; only their lengths show in it.
  friend bool operator==(const Secret& a, const Secret& b) noexcept;

 private:
  void wipe() noexcept;
  std::string value_;
};

}  // namespace tally
