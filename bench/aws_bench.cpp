// Reading EC2's XML: 20,000 types in pages of 100, and 10,000 machines in pages of 1,000, as they come from the wire to
// rows of ours. The pages are left in a directory, for bench/compare/boto_pages.py to read the same.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "bench/cpu_time.hpp"
#include "providers/aws/machines.hpp"
#include "providers/aws/shapes.hpp"

namespace tally {
namespace {

constexpr int types = 20'000;
constexpr int types_of_page = 100;
constexpr int machines = 10'000;
constexpr int machines_of_page = 1'000;

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Of a recorded answer: what stands before its first `item` of the list, that item, and the end of the answer.
struct Pattern {
  std::string head;
  std::string item;
  std::string tail;
};

Pattern pattern_of(const std::string& text, const std::string& list, const std::string& end_of_item,
                   const std::string& id) {
  const std::size_t begin = text.find("<" + list + ">") + list.size() + 2;
  const std::size_t end = text.find(end_of_item, begin) + end_of_item.size();
  const std::size_t last = text.find("</" + list + ">", begin);
  Pattern pattern{text.substr(0, begin), text.substr(begin, end - begin), text.substr(last)};
  const std::size_t at = pattern.item.find(id);
  pattern.item.replace(at, id.size(), "@@");
  return pattern;
}

std::vector<std::string> pages_of(const Pattern& pattern, const char* prefix, int rows, int rows_of_page,
                                  const std::string& name, const std::filesystem::path& directory) {
  std::vector<std::string> pages;
  const std::size_t at = pattern.item.find("@@");
  for (int first = 0; first < rows; first += rows_of_page) {
    std::string page = pattern.head;
    for (int i = first; i < first + rows_of_page; ++i) {
      page.append(pattern.item, 0, at).append(fmt::format("{}{:08}", prefix, i)).append(pattern.item, at + 2);
    }
    page += pattern.tail;
    std::ofstream(directory / fmt::format("{}-{:05}.xml", name, first), std::ios::binary) << page;
    pages.push_back(std::move(page));
  }
  return pages;
}

template <class Read>
void measure(const char* what, std::vector<std::string> pages, Read read) {
  std::size_t bytes = 0;
  for (const std::string& page : pages) bytes += page.size();
  const double begin = cpu_ms();
  std::size_t rows = 0;
  for (std::string& page : pages) rows = read(std::move(page));
  fmt::print("{}: {} rows of {:.1f} MB in {:.0f} ms of CPU\n", what, rows, static_cast<double>(bytes) / 1e6,
             cpu_ms() - begin);
}

int run(const std::filesystem::path& recorded, const std::filesystem::path& directory) {
  std::filesystem::create_directories(directory);
  const Pattern type = pattern_of(read_file(recorded / "moto/DescribeInstanceTypes.xml"), "instanceTypeSet",
                                  "<supportedInRegion>true</supportedInRegion></item>", "g5.xlarge");
  const Pattern machine = pattern_of(read_file(recorded / "moto/DescribeInstances.xml"), "reservationSet",
                                     "</instancesSet></item>", "i-0aee8bc700b5f3b7c");
  aws::ShapeList list;
  measure("types", pages_of(type, "g5.", types, types_of_page, "types", directory), [&](std::string page) {
    if (!aws::read_shapes(std::move(page), WorkLimit(), list)) throw std::runtime_error("types cannot be read");
    return list.shapes.size();
  });
  std::size_t rows = 0;
  const aws::MachinePlace place{"us-east-1", "ubuntu", LoopbackIs::nobodys};
  measure("machines", pages_of(machine, "i-", machines, machines_of_page, "machines", directory),
          [&](std::string page) {
            const auto read = aws::read_machines(std::move(page), "DescribeInstancesResponse", place,
                                                 Timestamp(std::chrono::hours(24 * 365 * 60)), Redactor(), WorkLimit());
            if (!read) throw std::runtime_error("machines cannot be read");
            return rows += read->machines.size();
          });
  return 0;
}

}  // namespace
}  // namespace tally

int main(int count, char** words) {
  return tally::run(count > 1 ? words[1] : "tests/providers/aws/recorded", count > 2 ? words[2] : "build/aws-pages");
}
