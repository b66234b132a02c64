#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <ostream>

#include "cloud/country.hpp"
#include "cloud/instance.hpp"
#include "cloud/instance_type.hpp"
#include "cloud/merge.hpp"
#include "cloud/money.hpp"
#include "cloud/secret.hpp"
#include "tests/fakes/money.hpp"

namespace tally::model_test {

template <class T>
concept Streamable = requires(std::ostream& out, const T& value) { out << value; };
static_assert(!Streamable<Secret>);
static_assert(!fmt::is_formattable<Secret>::value);
static_assert(!std::is_convertible_v<Secret, std::string>);

TEST_CASE("money is read exactly, never through a double", "[cloud]") {
  CHECK(Money::parse("23.325")->nanos == 23'325'000'000);
  CHECK(Money::parse("0.000000001")->nanos == 1);
  CHECK(Money::parse("0.0000000014")->nanos == 1);
  CHECK(Money::parse("0.0000000015")->nanos == 2);
  CHECK(Money::parse("999999999.999999999")->nanos == 999'999'999'999'999'999);
  CHECK(Money::parse("9223372036.854775807")->nanos == std::numeric_limits<std::int64_t>::max());
  for (const char* bad : {"", ".", "1.", ".5", "-1", "+1", "1e3", "NaN", "inf", " 1", "1 ", "1,5", "0x1",
                          "9223372036.854775808", "99999999999999999999999999"}) {
    INFO(bad);
    CHECK_FALSE(Money::parse(bad));
  }
  CHECK(to_text(*Money::parse("3.5")) == "3.50 USD");
  CHECK(Currency::from_code("EUR"));
  for (const char* bad : {"", "usd", "US", "USDX", "ZZZ", "   "}) CHECK_FALSE(Currency::from_code(bad));
}

TEST_CASE("a size is exact, or not a size", "[cloud]") {
  CHECK(Bytes::of(80, ByteUnit::gibibyte)->count() == 85'899'345'920);
  CHECK(Bytes::of(1000, ByteUnit::megabyte) == Bytes::of(1, ByteUnit::gigabyte));
  CHECK_FALSE(Bytes::of(-1, ByteUnit::byte));
  CHECK_FALSE(Bytes::of(std::numeric_limits<std::int64_t>::max(), ByteUnit::kibibyte));
}

TEST_CASE("a type and its instances give the same ID", "[cloud]") {
  InstanceType type;
  type.location = "pdx";
  type.type = "dmz.rtx pro 6000x2.pcie";
  Instance instance;
  instance.location = type.location;
  instance.type = type.type;
  CHECK(make_instance_type_id(type).str() == "pdx-noSub-dmz.rtx pro 6000x2.pcie");
  CHECK(make_instance_type_id(type) == make_instance_type_id(instance));
  type.available_azs = {"a", "b"};
  instance.sub_location = "a";
  CHECK(make_instance_type_id(type).str() == "pdx-a-dmz.rtx pro 6000x2.pcie");
  CHECK(make_instance_type_id(type) == make_instance_type_id(instance));
  type.id = instance.instance_type_id = InstanceTypeId("own");
  CHECK(make_instance_type_id(type).str() == "own");
  CHECK(make_instance_type_id(instance).str() == "own");
  CHECK(make_tenant_id("x", "").str() == "x-e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("a secret is gone from where it was moved", "[cloud]") {
  Secret from("canary");
  const Secret to = std::move(from);
  CHECK(to.reveal() == "canary");
  CHECK(from.empty());  // NOLINT(bugprone-use-after-move): that is the point
}

TEST_CASE("the short text that a secret was made of is wiped", "[cloud]") {
  std::string text = "canary";
  const char* bytes = text.data();
  const Secret secret(std::move(text));
  CHECK(secret.reveal() == "canary");
  CHECK(std::all_of(bytes, bytes + 6, [](char byte) { return byte == 0; }));
}

TEST_CASE("a long text that a secret was made of is wiped, and what was cut off it, too", "[cloud]") {
  std::string text = "a canary that fits into no short string";
  const char* bytes = text.data();
  const std::size_t size = text.size();
  text.resize(20);
  text.erase(0, 2);
  const Secret secret(std::move(text));
  CHECK(secret.reveal() == "canary that fits i");
  CHECK(std::all_of(bytes, bytes + size, [](char byte) { return byte == 0; }));
}

TEST_CASE("merging keeps identity and takes what moves", "[cloud]") {
  Instance known;
  known.ref_id = RefId("ref");
  known.location = "east";
  known.public_ip = "192.0.2.1";
  known.disk_size = Bytes(5);
  known.price = fakes::cents(100);
  Instance seen;
  seen.location = "west";
  seen.disk_size = Bytes(0);
  seen.price = fakes::cents(200);
  seen.image_id = "ubuntu";
  const MergedInstance merged = merge(known, seen);
  CHECK(merged.conflicts == std::vector<std::string>{"location"});
  CHECK(merged.instance.ref_id.str() == "ref");
  CHECK(merged.instance.location == "east");
  CHECK(merged.instance.public_ip.empty());
  CHECK(merged.instance.disk_size == Bytes(5));
  CHECK(merged.instance.price == fakes::cents(100));
  CHECK(merged.instance.image_id == "ubuntu");
}

TEST_CASE("what has ended keeps its tags where the vendor lists them no more", "[cloud]") {
  Instance known;
  known.tags = {{"team", "ml"}};
  Instance seen;
  seen.status = LifecycleStatus::running;
  CHECK(merge(known, seen).instance.tags.empty());  // taken away
  seen.status = LifecycleStatus::terminated;
  CHECK(merge(known, seen).instance.tags == known.tags);
  seen.tags = {{"team", "web"}};
  CHECK(merge(known, seen).instance.tags == seen.tags);
}

TEST_CASE("a time is read as RFC 3339 has it, with a space for the T, too", "[cloud]") {
  CHECK(to_iso8601(*parse_rfc3339("2026-08-20T20:53:39.459529Z")) == "2026-08-20T20:53:39.459Z");
  CHECK(to_iso8601(*parse_rfc3339("2026-08-20 20:53:39+00:00")) == "2026-08-20T20:53:39.000Z");
  CHECK(to_iso8601(*parse_rfc3339("2026-08-20T20:53:39-07:30")) == "2026-08-21T04:23:39.000Z");
  for (const char* bad : {"", "2026-08-20", "2026-08-20T20:53", "2026-08-20T20:53:39", "2026-08-20X20:53:39Z",
                          "1969-12-31T23:59:59Z", "2026-08-20T20:53:39Zx", "2026-02-20T25:00:00Z", "now"}) {
    INFO(bad);
    CHECK_FALSE(parse_rfc3339(bad));
  }
}

TEST_CASE("countries are known by their two letters", "[cloud]") {
  CHECK(country_from_alpha2("US") == "USA");
  CHECK(country_from_alpha2("FI") == "FIN");
  CHECK(country_from_alpha2("us").empty());
  CHECK(country_from_alpha2("XX").empty());
  CHECK(country_from_alpha2("USA").empty());
}

}  // namespace tally::model_test
