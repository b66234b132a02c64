#include "net/encoded_body.hpp"

#include <algorithm>
#include <new>
#include <string_view>

#include "cloud/limits.hpp"
#include "net/gzip.hpp"

namespace tally {
namespace {

using Text = tl::expected<std::string, std::string>;

constexpr std::size_t input_step = 1024;  // of gzip: a megabyte of text at most, which takes some milliseconds

tl::unexpected<std::string> no_body(const char* words) { return tl::unexpected(std::string(words)); }

std::size_t size_of(const EncodedBody& body) {
  std::size_t size = 0;
  for (const std::string& piece : body.pieces) size += piece.size();
  return size;
}

/// How much text a gzip stream says at its end that it holds.
std::size_t claimed_size(const EncodedBody& body) {
  constexpr std::size_t field = 4;
  if (body.pieces.empty() || body.pieces.back().size() < field) return 0;
  std::size_t size = 0;
  const std::string& last = body.pieces.back();
  for (std::size_t i = 0; i < field; ++i) {
    size |= std::size_t{static_cast<unsigned char>(last[last.size() - field + i])} << (8 * i);
  }
  return size;
}

Text join(EncodedBody& body) {
  if (body.pieces.empty()) return std::string();
  if (body.pieces.size() == 1) return std::move(body.pieces.front());
  std::string text;
  text.reserve(size_of(body));
  for (std::string& piece : body.pieces) {
    text.append(piece);
    std::string().swap(piece);
  }
  return text;
}

Text inflate(EncodedBody& body, std::size_t most, WorkLimit& limit) {
  const std::size_t believable = limits::answer_small + limits::answer_expansion * size_of(body);
  const std::size_t longest = std::min(most, believable);
  std::string text;
  text.reserve(std::min(claimed_size(body), longest) + 1);
  Gunzip gunzip;
  for (std::string& piece : body.pieces) {
    for (std::size_t at = 0; at < piece.size(); at += input_step) {
      if (limit.is_over()) return no_body("the body took too long to inflate");
      const std::size_t before = text.size();
      const Gunzip::Outcome outcome = gunzip.add(std::string_view(piece).substr(at, input_step), text, longest);
      if (!body.share->grow(text.size() - before)) return no_body(no_room_for_body);
      if (outcome == Gunzip::Outcome::good) continue;
      if (body.is_beginning && outcome == Gunzip::Outcome::too_large) {
        text.resize(longest);
        return text;
      }
      if (outcome == Gunzip::Outcome::damaged) return no_body("the body is not the gzip that it claims to be");
      return no_body(longest == most ? "the body is larger than allowed"
                                     : "the body expands to more than is believable");
    }
    body.share->shrink(piece.size());
    std::string().swap(piece);
  }
  if (!gunzip.is_complete() && !body.is_beginning) return no_body("the body is not the gzip that it claims to be");
  return text;
}

}  // namespace

Text text_of(EncodedBody& body, std::size_t most, WorkLimit& limit) {
  try {
    return body.is_gzip ? inflate(body, most, limit) : join(body);
  } catch (const std::bad_alloc&) {
    return no_body("there is no memory for the body");
  }
}

}  // namespace tally
