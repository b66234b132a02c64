#include "ssh/answer.hpp"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <array>
#include <stdexcept>

#include "cloud/limits.hpp"
#include "runtime/ascii.hpp"
#include "runtime/text.hpp"

namespace tally {
namespace {

std::string begin_line(std::string_view mark) { return fmt::format("{}-begin\n", mark); }
std::string end_line(std::string_view mark) { return fmt::format("\n{}-end\n", mark); }

struct Frame {
  std::size_t begin;  // of the mark before the answer
  std::size_t end;    // behind the mark at its end
};

std::optional<Frame> frame_in(std::string_view out, std::string_view mark) {
  const std::size_t begin = out.find(begin_line(mark));
  const std::size_t end = out.rfind(end_line(mark));
  if (begin == std::string_view::npos || end == std::string_view::npos) return std::nullopt;
  if (end + 1 < begin + begin_line(mark).size()) return std::nullopt;
  return Frame{begin, end + end_line(mark).size()};
}

}  // namespace

std::string new_mark() {
  std::array<unsigned char, 12> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) throw std::runtime_error("no randomness");
  std::string mark = "tallyd-";
  for (const unsigned char byte : bytes) mark += fmt::format("{:02x}", byte);
  return mark;
}

std::string answer_functions(std::string_view mark) {
  return fmt::format(R"sh(answer() {{ printf '\n%s-%s\n' {0} begin; }}
answered() {{ printf '\n%s-%s\n' {0} end; }}
)sh",
                     mark);
}

std::optional<std::string> answer_in(std::string_view out, std::string_view mark) {
  const std::optional<Frame> frame = frame_in(out, mark);
  if (!frame) return std::nullopt;
  const std::size_t begin = frame->begin + begin_line(mark).size();
  const std::size_t end = frame->end - end_line(mark).size();
  return end < begin ? "" : std::string(out.substr(begin, end - begin));
}

std::string words_beside_answer(const SshOutput& output, std::string_view mark) {
  std::string out = output.out;
  if (const auto frame = frame_in(out, mark)) out.erase(frame->begin, frame->end - frame->begin);
  std::string words;
  for (const std::string_view stream : {std::string_view(output.err), std::string_view(out)}) {
    const std::string_view said = ascii::trimmed(stream);
    if (!said.empty()) words += (words.empty() ? "" : "; ") + printable(said, limits::message / 3);
  }
  return words;
}

}  // namespace tally
