#include "providers/shadeform/launch.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <catch2/catch.hpp>

#include "providers/guest/firewall_script.hpp"
#include "providers/rest/account_keys.hpp"
#include "providers/shadeform/tags.hpp"
#include "runtime/base64.hpp"

namespace tally::shadeform_launch_test {
using namespace tally::shadeform;

namespace {

Sale sale() {
  return {"massedcompute", "A6000_x2", false, {"ubuntu20.04", "ubuntu24.04", "ubuntu22.04_cuda"}, {"a-1"}};
}

CreateRequest request() {
  CreateRequest asked;
  asked.ref_id = RefId("r");
  asked.type = "massedcompute_A6000_x2";
  asked.location = "a-1";
  return asked;
}

Launch launch(const CreateRequest& asked, const Sale& of = sale()) {
  Result<Launch> made = launch_of(asked, of);
  if (!made) throw std::runtime_error(made.error().message);
  return std::move(*made);
}

}  // namespace

TEST_CASE("an order at Shadeform is what was asked for", "[providers]") {
  CreateRequest asked = request();
  asked.name = "box";
  asked.tags = {{"b", "2"}, {"a", "1=1"}};
  asked.environment = {{"TOKEN", "t"}, {"A", ""}};
  asked.retire_in = std::chrono::hours(8);
  const Launch what = launch(asked);
  CHECK(what.image == "ubuntu22.04_cuda");
  const Timestamp now(std::chrono::sys_days(std::chrono::year(2026) / 9 / 1));
  CHECK(boost::json::parse(launch_body(asked, CredentialRef("prod"), what, "key-1", now)) ==
        boost::json::parse(R"({"cloud":"massedcompute","region":"a-1","shade_instance_type":"A6000_x2",
          "shade_cloud":true,"name":"r_box","os":"ubuntu22.04_cuda","ssh_key_id":"key-1",
          "tags":["refID=r","cloudCredRefID=prod","a=1=1","b=2"],
          "envs":[{"name":"A","value":""},{"name":"TOKEN","value":"t"}],
          "auto_delete":{"date_threshold":"2026-09-01T08:15:00.000Z"},
          "launch_configuration":{"type":"script","script_configuration":{"base64_script":")" +
                           to_base64(*firewall_script({}, {22})) + R"("}}})"));
}

TEST_CASE("what nobody asked for is not in an order at Shadeform", "[providers]") {
  Sale container = sale();
  container.is_container = true;
  container.images = {"windows"};
  const CreateRequest asked = request();
  CHECK(boost::json::parse(launch_body(asked, CredentialRef("prod"), launch(asked, container), "", Timestamp())) ==
        boost::json::parse(R"({"cloud":"massedcompute","region":"a-1","shade_instance_type":"A6000_x2",
          "shade_cloud":true,"name":"r","tags":["refID=r","cloudCredRefID=prod"]})"));
}

TEST_CASE("a container at Shadeform has no firewall, but may have a script", "[providers]") {
  Sale container = sale();
  container.is_container = true;
  CreateRequest asked = request();
  asked.user_data_base64 = to_base64("#!/bin/sh\necho hello\n");
  CHECK(launch(asked, container).script == "#!/bin/sh\necho hello\n");
  CHECK(launch(asked).script.find("ufw --force enable") != std::string::npos);
  asked.firewall.egress = {{"", 443, 443, {}}};
  const auto refused = launch_of(asked, container);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == Errc::not_implemented);
  CHECK(refused.error().message.starts_with("`firewall_rules` "));
}

TEST_CASE("Shadeform's default image is Ubuntu 22.04, else 24.04, else the vendor's choice", "[providers]") {
  CHECK(default_image({"a", "ubuntu24.04", "ubuntu22.04_x", "ubuntu22.04_y"}) == "ubuntu22.04_x");
  CHECK(default_image({"a", "ubuntu24.04_x"}) == "ubuntu24.04_x");
  CHECK(default_image({"a"}).empty());
}

TEST_CASE("two lines are one SSH key whatever their comments", "[providers]") {
  CHECK(is_same_key("ssh-rsa AAAA", "ssh-rsa AAAA me@here"));
  CHECK(is_same_key("ssh-rsa AAAA a b", "ssh-rsa AAAA\n"));
  CHECK(is_same_key("  ssh-rsa AAAA", "ssh-rsa AAAA\t"));
  CHECK_FALSE(is_same_key("ssh-rsa AAAA", "ssh-rsa AAAB"));
  CHECK_FALSE(is_same_key("ssh-rsa AAAA", "ssh-ed25519 AAAA"));
  CHECK_FALSE(is_same_key("", ""));
}

TEST_CASE("a new key's name is none that is taken", "[providers]") {
  CHECK(free_key_name({}, "r") == "r");
  CHECK(free_key_name({{"1", "r", ""}, {"2", "r-2", ""}, {"3", "q", ""}}, "r") == "r-3");
}

TEST_CASE("tags that nobody names stay as they are when others change", "[providers]") {
  const std::vector<std::string> texts = {"plain", "a=1", "refID=r", "a=2", "b=x=y"};
  CHECK(changed_tags(texts, {{"a", "3"}}) == std::vector<std::string>{"plain", "refID=r", "b=x=y", "a=3"});
  CHECK(changed_tags(texts, {{"a", std::nullopt}}) == std::vector<std::string>{"plain", "refID=r", "b=x=y"});
}

TEST_CASE("a tag without an equals sign is removed and replaced by the name that it is shown with", "[providers]") {
  const std::vector<std::string> texts = {"plain", "plain=1", "plainer", "refID=r"};
  CHECK(changed_tags(texts, {{"plain", std::nullopt}}) == std::vector<std::string>{"plainer", "refID=r"});
  CHECK(changed_tags(texts, {{"plain", "2"}}) == std::vector<std::string>{"plainer", "refID=r", "plain=2"});
}

TEST_CASE("tags that cannot all be read, or are another machine's, are never written over", "[providers]") {
  const CloudId asked("a");
  const std::string body =
      GENERATE(R"({"id":"a","tags":"a=1"})", R"({"id":"a","tags":["refID=r",17]})", R"({"id":"a","tags":["\ud83d"]})",
               R"({"id":"b","tags":["refID=r"]})", R"({"tags":["refID=r"]})", "[", "7");
  CHECK_FALSE(read_tag_texts(body, asked));
  CHECK(read_tag_texts(R"({"id":"a","tags":null})", asked)->empty());
  CHECK(read_tag_texts(R"({"id":"a","tags":["refID=r","x"]})", asked).value() ==
        std::vector<std::string>{"refID=r", "x"});
}

TEST_CASE("Shadeform is told of a retirement a quarter of an hour later, and by null that there is none",
          "[providers]") {
  const Timestamp retire_at{std::chrono::sys_days(std::chrono::year(2026) / 9 / 1) + std::chrono::hours(8)};
  CHECK(boost::json::serialize(auto_delete_at(retire_at)) == R"({"date_threshold":"2026-09-01T08:15:00.000Z"})");
  CHECK(auto_delete_at(std::nullopt).is_null());
}

}  // namespace tally::shadeform_launch_test
