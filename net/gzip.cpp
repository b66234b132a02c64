#include "net/gzip.hpp"

#include <zlib.h>

#include <algorithm>
#include <new>

namespace tally {
namespace {

constexpr int gzip_only = 15 + 16;  // window bits, and gzip's header and trailer: zlib.h, inflateInit2
constexpr std::size_t output_step = std::size_t{32} * 1024;

}  // namespace

Gunzip::Gunzip() : stream_(std::make_unique<z_stream>()) {
  if (inflateInit2(stream_.get(), gzip_only) != Z_OK) throw std::bad_alloc();
}

Gunzip::~Gunzip() { inflateEnd(stream_.get()); }

Gunzip::Outcome Gunzip::add(std::string_view piece, std::string& text, std::size_t limit) {
  z_stream& stream = *stream_;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
  stream.avail_in = static_cast<uInt>(piece.size());
  while (stream.avail_in > 0 || stream.avail_out == 0) {
    if (is_complete_) {
      if (stream.avail_in == 0) break;
      if (inflateReset(&stream) != Z_OK) return Outcome::damaged;
      is_complete_ = false;
    }
    const std::size_t before = text.size();
    // One byte more than allowed, to see whether there is more.
    const std::size_t room = std::min(output_step, limit - before + 1);
    text.resize(before + room);
    stream.next_out = reinterpret_cast<Bytef*>(text.data() + before);
    stream.avail_out = static_cast<uInt>(room);
    const int code = inflate(&stream, Z_NO_FLUSH);
    text.resize(before + room - stream.avail_out);
    if (text.size() > limit) return Outcome::too_large;
    is_complete_ = code == Z_STREAM_END;
    if (code == Z_BUF_ERROR) break;  // wants more input
    if (code != Z_OK && code != Z_STREAM_END) return Outcome::damaged;
    if (is_complete_) stream.avail_out = 1;  // nothing is waiting in there
  }
  return Outcome::good;
}

}  // namespace tally
