// Reads a gzip stream piece by piece, so that a large answer never keeps its thread busy for long.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

struct z_stream_s;

namespace tally {

class Gunzip {
 public:
  enum class Outcome {
    good,
    damaged,    // not gzip, or not what its checksum says
    too_large,  // more text than `limit`
  };

  Gunzip();
  ~Gunzip();
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;

  /// Appends the text of the next piece to `text`, which never grows beyond `limit`. After a failure it is of no use.
  Outcome add(std::string_view piece, std::string& text, std::size_t limit);

  /// The stream, or each of several in a row, has come to its end; also true when there was none.
  [[nodiscard]] bool is_complete() const { return is_complete_; }

 private:
  std::unique_ptr<z_stream_s> stream_;
  bool is_complete_ = true;
};

}  // namespace tally
