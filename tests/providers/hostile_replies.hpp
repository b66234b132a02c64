// Replies that no vendor means: recorded ones that were damaged, and ones that were made to hurt.
#pragma once

#include <functional>
#include <random>
#include <string>
#include <vector>

namespace tally::fakes {

/// Damages a good reply, one to four times: bytes flipped, text cut, repeated or gone, members twice, deep nesting,
/// huge texts, numbers and lists, another type in a value's place.
class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : random_(seed) {}

  std::string damage(std::string body) {
    for (std::size_t edits = 1 + below(4); edits > 0 && !body.empty(); --edits) edit(body);
    return body;
  }

 private:
  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }

  void edit(std::string& body) {
    const std::size_t at = below(body.size());
    switch (below(10)) {
      case 0: body[at] = static_cast<char>(random_()); return;
      case 1: body.erase(at, below(40)); return;
      case 2: body.insert(at, body.substr(below(body.size()), below(60))); return;
      case 3: body.resize(at); return;
      case 4: return repeat_a_member(body, at);
      default: return replace_a_value(body, at);
    }
  }

  void repeat_a_member(std::string& body, std::size_t from) {
    const std::size_t begin = body.find('"', body.find(',', from));
    const std::size_t end = body.find(',', begin);
    if (begin == std::string::npos || end == std::string::npos) return;
    const std::string member = body.substr(begin, end + 1 - begin);
    for (std::size_t times = 1 + below(50); times > 0; --times) body.insert(begin, member);
  }

  void replace_a_value(std::string& body, std::size_t from) {
    const std::size_t colon = body.find(':', from);
    const std::size_t end = body.find_first_of(",}\n", colon);
    if (colon == std::string::npos || end == std::string::npos) return;
    body.replace(colon + 1, end - colon - 1, odd_value());
  }

  std::string odd_value() {
    static const std::vector<std::string> odd = {
        "null", "true",        "0",           "-1",          "8.0", "2.5e2",  "1e400",    "1e-400",
        "\"\"", "\"\\ud83d\"", "\"0\"",       "\"\\u0000\"", "[]",  "{}",     "[null]",   "[{}]",
        "[[]]", "{\"a\":1}",   "\"0.0.0.0\"", "62.5",        "nan", "\"--\"", "\"1x (\"", "9223372036854775808"};
    const std::size_t size = 1 + below(3000);
    switch (below(8)) {
      case 0: return "\"" + std::string(size, 'x') + "\"";
      case 1: return std::string(size, '9');
      case 2: return std::string(size, '[') + std::string(size, ']');
      case 3: {
        std::string list = "[0";
        for (std::size_t i = 0; i < size; ++i) list += ",0";
        return list + "]";
      }
      default: return odd[below(odd.size())];
    }
  }

  std::mt19937_64 random_;
};

/// How a provider's rows look, for those who make bad ones.
struct RowForms {
  std::string types_field;  // `"data":{` and what closes it
  std::string types_end;
  std::string instances_field;  // `"data":[`
  std::string instances_end = "]";
  std::string open = "{";  // of a reply, and what closes it
  std::string close = "}";
  std::function<std::string(std::string name, std::string text, std::string regions)> type;  // one entry
  std::function<std::string(std::string name)> region;                                       // of a type
  std::function<std::string(std::string id, std::string name, std::string tags)> instance;
};

/// At least forty replies that are made to hurt.
inline std::vector<std::string> crafted_replies(const RowForms& form) {
  const auto times = [](std::size_t count, const std::function<std::string(std::size_t)>& make) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i) all.append(i == 0 ? "" : ",").append(make(i));
    return all;
  };
  const auto same = [&](std::size_t count, const std::string& what) {
    return times(count, [&](auto) { return what; });
  };
  const auto many = [](std::size_t count, const std::string& what) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i) all += what;
    return all;
  };
  const auto types = [&](const std::string& rows) {
    return form.open + form.types_field + rows + form.types_end + form.close;
  };
  const auto instances = [&](const std::string& rows) {
    return form.open + form.instances_field + rows + form.instances_end + form.close;
  };
  const auto regions = [&](std::size_t count) {
    return times(count, [&](std::size_t i) { return form.region("r" + std::to_string(i)); });
  };
  const auto named = [&](std::size_t count, const std::string& in) {
    return times(count, [&](std::size_t i) { return form.type("t" + std::to_string(i), "1x A10 (24 GB PCIe)", in); });
  };
  const std::size_t large = 32U << 20U;
  const std::string a10 = "1x A10 (24 GB PCIe)";
  std::vector<std::string> replies = {
      "",
      "{",
      "null",
      std::string(large, '['),
      std::string(large, ' '),
      std::string(large, '"'),
      std::string(large, '\\'),
      std::string(large, '\0'),
      std::string("\xff\xfe{\0", 4),
      "\xef\xbb\xbf\xef\xbb\xbf{}",
      "\x1f\x8b\x08\x00",
      "<html>" + std::string(large, '<'),
      std::string(large, '9'),
      "\"" + std::string(large, 'x') + "\"",
      "{" + same(100'000, "\"a\":0") + "}",
      "{\"" + std::string(large, 'k') + "\":0}",
      instances(same(16U << 20U, "0")),
      instances(same(300'000, "{}")),
      instances(same(300'000, "[]")),
      instances("[" + same(100'000, "0") + "]"),
      instances(std::string(100'000, '[') + std::string(100'000, ']')),
      instances(many(60, "{\"a\":[") + many(60, "]}")),
      instances("{\"id\":\"" + std::string(large, 'x') + "\"}"),
      instances("{\"id\":\"a\",\"x\":\"" + many(100'000, "\\ud83d") + "\"}"),
      instances("{\"id\":\"a\"," + same(20'000, "\"id\":\"b\"") + "}"),
      instances("{\"id\":\"a\",\"x\":" + std::string(200'000, '9') + "}"),
      instances("{\"id\":\"a\",\"x\":1e" + std::string(100'000, '9') + "}"),
      instances(same(200'000, form.instance("same", "x", ""))),
      instances(times(100'000, [&](auto i) { return form.instance(std::to_string(i), "x\\ud83d", ""); })),
      instances(form.instance("a", many(100'000, "--"), "")),
      instances(form.instance("a", many(500, "--"), "")),
      instances(form.instance("a", "x", same(60'000, "\"k=v\""))),
      instances(form.instance("a", "x", same(200, "\"" + std::string(1'000, 'k') + "\""))),
      types(named(300, regions(900))),
      types(named(301, form.region("one"))),
      types(form.type("t", a10, regions(1'001))),
      types(named(400, form.region("one")) + "," + form.type("all", a10, regions(900))),
      types(form.type("t", a10, same(1'000, form.region("one")))),
      types(same(50'000, form.type("", a10, ""))),
      types(form.type("t", std::string(250'000, '9') + "x A10 (9 GB)", form.region("one"))),
      types(form.type("t", "1x " + many(80'000, "A ("), form.region("one"))),
      types(form.type("t", many(80'000, "1x "), form.region("one"))),
      types(form.type("t", "1x " + std::string(4'000, 'A'), form.region("one"))),
      types(form.type("t", many(1'300, "1x "), form.region("one"))),
      types(form.type("t", many(1'000, "9 GB"), "")),
      types(form.type(std::string(250'000, 't'), a10, form.region("one"))),
      types(named(300, form.region(std::string(250, 'r')) + "," + form.region(std::string(100'000, 'r')))),
      "{\"error\":{\"code\":\"" + std::string(60'000, 'c') + "\",\"message\":" + std::string(60, '[') + "}}",
      "{\"error_code\":\"" + std::string(large, 'c') + "\"}"};
  return replies;
}

}  // namespace tally::fakes
