#include "cloud/gpu_words.hpp"

#include <algorithm>
#include <array>
#include <boost/locale/utf.hpp>
#include <iterator>

#include "runtime/ascii.hpp"
#include "runtime/text.hpp"

namespace tally {
namespace {

namespace utf = boost::locale::utf;

struct Form {
  char32_t first;
  char32_t last;
  std::string_view ascii;
};

/// What stands for an ASCII character in vendors' texts, in the order of the code points (Unicode's compatibility
/// forms, and brackets and dashes that are alike).
constexpr std::array forms = {
    Form{0x00a0, 0x00a0, " "},    // no-break space
    Form{0x00ab, 0x00ab, "("},    // guillemets
    Form{0x00ae, 0x00ae, " "},    // registered
    Form{0x00bb, 0x00bb, ")"},    //
    Form{0x00bc, 0x00bc, "1/4"},  //
    Form{0x00bd, 0x00bd, "1/2"},  //
    Form{0x00be, 0x00be, "3/4"},  //
    Form{0x00d7, 0x00d7, "x"},    // multiplication sign
    Form{0x1680, 0x1680, " "},    //
    Form{0x2000, 0x200a, " "},    // en, em, thin, hair spaces
    Form{0x2010, 0x2015, "-"},    // hyphens and dashes
    Form{0x202f, 0x202f, " "},    // narrow no-break space
    Form{0x2044, 0x2044, "/"},    // fraction slash
    Form{0x205f, 0x205f, " "},    //
    Form{0x2122, 0x2122, " "},    // trade mark
    Form{0x2212, 0x2212, "-"},    // minus
    Form{0x2215, 0x2215, "/"},    // division slash
    Form{0x2768, 0x2768, "("},    //
    Form{0x2769, 0x2769, ")"},    //
    Form{0x27e8, 0x27e8, "("},    //
    Form{0x27e9, 0x27e9, ")"},    //
    Form{0x3000, 0x3000, " "},    // ideographic space
    Form{0x3001, 0x3001, ","},    // ideographic comma
    Form{0x3008, 0x3008, "("},    // CJK brackets
    Form{0x3009, 0x3009, ")"},    //
    Form{0x300a, 0x300a, "("},    //
    Form{0x300b, 0x300b, ")"},    //
    Form{0x300c, 0x300c, "("},    //
    Form{0x300d, 0x300d, ")"},    //
    Form{0x3010, 0x3010, "("},    //
    Form{0x3011, 0x3011, ")"},    //
    Form{0x3014, 0x3014, "("},    //
    Form{0x3015, 0x3015, ")"},    //
    Form{0xfe58, 0xfe58, "-"},    // small forms
    Form{0xfe59, 0xfe59, "("},    //
    Form{0xfe5a, 0xfe5a, ")"},    //
    Form{0xfe63, 0xfe63, "-"},    //
};

void append_form(std::string& out, char32_t character) {
  if (character >= 0xff01 && character <= 0xff5e) {  // full-width forms of '!' to '~'
    out += static_cast<char>(character - 0xff01 + '!');
    return;
  }
  const auto* const at = std::lower_bound(forms.begin(), forms.end(), character,
                                          [](const Form& form, char32_t wanted) { return form.last < wanted; });
  if (at != forms.end() && at->first <= character) {
    out += at->ascii;
  } else if (character < 0x20 || character == 0x7f || (character >= 0x80 && character < 0xa0)) {
    out += ' ';
  } else if (is_printable(character)) {
    utf::utf_traits<char>::encode(character, std::back_inserter(out));
  }
}

bool separates(char c) {
  constexpr std::string_view separators = " _-()[]{}<>,;|";
  return separators.find(c) != std::string_view::npos;
}

}  // namespace

std::string with_ascii_forms(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  const char* const end = text.data() + text.size();
  for (const char* at = text.data(); at != end;) {
    const char* next = at;
    const utf::code_point character = utf::utf_traits<char>::decode(next, end);
    const bool is_broken = character == utf::illegal || character == utf::incomplete;
    append_form(out, is_broken ? U'?' : static_cast<char32_t>(character));
    at = is_broken ? at + 1 : next;
  }
  return out;
}

std::vector<std::string> gpu_words(std::string_view text) {
  std::vector<std::string> words;
  bool is_inside = false;
  for (const char c : text) {
    if (separates(c)) {
      is_inside = false;
      continue;
    }
    if (!is_inside) words.emplace_back();
    is_inside = true;
    words.back() += ascii::to_upper(c);
  }
  return words;
}

}  // namespace tally
