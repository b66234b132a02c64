#include "runtime/sparse.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace tally::sparse_test {

using Texts = std::vector<std::string>;

TEST_CASE("a sparse value that nothing was written to is plain, and reads as one that is empty", "[runtime]") {
  const Sparse<Texts> none;
  CHECK(none.is_plain());
  CHECK(none->empty());
  CHECK(none == Sparse<Texts>(Texts{}));
  CHECK(Sparse<Texts>(Texts{}).is_plain());
}

TEST_CASE("a sparse value is copied and compared by what it holds", "[runtime]") {
  Sparse<Texts> one;
  one.edit().emplace_back("a");
  Sparse<Texts> other = one;
  CHECK(other == one);
  other.edit().emplace_back("b");
  CHECK(one->size() == 1);
  CHECK_FALSE(other == one);
  other.edit().clear();
  CHECK(other == Sparse<Texts>());
  other = one;
  CHECK(*other == Texts{"a"});
}

}  // namespace tally::sparse_test
