// What becomes of a create or a resize of AWS's whose answer was lost: the machine that has ended is none, and the disk
// has the size that it has now.
#include <boost/algorithm/string/replace.hpp>
#include <boost/asio/this_coro.hpp>
#include <catch2/catch.hpp>

#include "tests/providers/aws/site.hpp"

namespace tally::aws_lost_answers_test {
using namespace tally::fakes;
using Site = Ec2Site;

namespace {

const InstanceRef machine(CloudId(machine_id), "us-east-1");
const VolumeResize to_400_gib{Bytes(std::int64_t{400} << 30U), false};

/// The reservations of a listing.
std::string reservations_of(const std::string& body) {
  const std::string begin = "<reservationSet>";
  const std::size_t at = body.find(begin) + begin.size();
  return body.substr(at, body.find("</reservationSet>") - at);
}

/// A listing's machine as one that there was no capacity for.
std::string unlaunched(std::string body) {
  boost::algorithm::replace_all(body, machine_id, "i-0bbbbbbbbbbbbbbb1");
  boost::algorithm::replace_all(body, "<code>16</code><name>running</name>", "<code>48</code><name>terminated</name>");
  boost::algorithm::replace_all(body, "<stateReason><code/>",
                                "<stateReason><code>Server.InsufficientInstanceCapacity</code>");
  return body;
}

Response answer_of(int status, std::string body) {
  Response answer;
  answer.status = status;
  answer.body = std::move(body);
  return answer;
}

/// From now on EC2 tells that size of the machine's disk.
void show_disk(Site& site, const std::string& gib) {
  site.http.reply(
      ec2 + "DescribeVolumes", 200,
      boost::algorithm::replace_all_copy(site.file("moto/DescribeVolumes.xml"), "<size>300<", "<size>" + gib + "<"));
}

std::int64_t gib_of_disk(const Instance& row) { return row.disk_size.value_or(Bytes(0)).count() >> 30U; }

std::int64_t gib_listed(Site& site) {
  const auto listed = site.run(site->instances(site.scope));
  REQUIRE(listed);
  return gib_of_disk(*listed->rows.at(0));
}

std::int64_t gib_looked_up(Site& site) {
  const auto looked_up = site.run(site->instance(machine));
  REQUIRE(looked_up);
  return gib_of_disk(*looked_up);
}

boost::asio::awaitable<void> list_in_a_second(Site* site) {
  co_await site->clock.sleep_until(site->clock.now() + std::chrono::seconds(1));
  co_await (*site)->instances(site->scope);
}

Task<> resize_while_listed(Site* site) {
  const auto executor = co_await boost::asio::this_coro::executor;
  boost::asio::co_spawn(executor, list_in_a_second(site), boost::asio::detached);
  co_return co_await (*site)->resizes_volumes()->resize_volume(machine, to_400_gib);
}

}  // namespace

TEST_CASE("a machine that EC2 could not launch is none that a create is answered with", "[providers]") {
  Site site;
  const std::string there = site.file("instances.xml");
  site.http.reply(ec2 + "RunInstances", 502, "<html>");
  site.http.reply(ec2 + "DescribeInstances", 200, unlaunched(there));
  const auto lost = site.create();
  REQUIRE_FALSE(lost);
  CHECK(lost.error().certainty == Certainty::unknown);
  std::string both = there;
  boost::algorithm::replace_first(both, "<reservationSet>", "<reservationSet>" + reservations_of(unlaunched(there)));
  site.http.reply(ec2 + "DescribeInstances", 200, both);
  const auto found = site.create();
  REQUIRE(found);
  CHECK(found->instance.cloud_id.str() == machine_id);
}

TEST_CASE("a disk of AWS's that may have been resized has the size that EC2 tells now", "[providers]") {
  const std::string goes_on = Site().file("handmade/error-IncorrectModificationState.xml");
  Response second = answer_of(400, goes_on);
  second.may_be_done = true;  // by the first call, whose answer was lost
  for (const Response& answer : {second, answer_of(400, goes_on), answer_of(503, "")}) {
    CAPTURE(answer.status, answer.may_be_done);
    for (const auto& gib : {gib_listed, gib_looked_up}) {
      Site site;
      REQUIRE(gib_listed(site) == 300);
      site.http.reply(ec2 + "ModifyVolume", answer);
      REQUIRE_FALSE(site.run(site->resizes_volumes()->resize_volume(machine, to_400_gib)));
      show_disk(site, "400");
      CHECK(gib(site) == 400);
    }
  }
}

TEST_CASE("a disk's old size that was listed while EC2 resized it is not kept", "[providers]") {
  Site site;
  REQUIRE(gib_listed(site) == 300);
  site.http.script = [&](const FakeHttp::Sent& call) -> std::optional<Response> {
    const bool is_change = call.body.starts_with("Action=ModifyVolume&");
    if (!is_change && !call.body.starts_with("Action=DescribeVolumesModifications&")) return std::nullopt;
    if (!is_change) show_disk(site, "400");
    std::string body = site.file(is_change ? "moto/ModifyVolume.xml" : "moto/DescribeVolumesModifications.xml");
    if (is_change) boost::algorithm::replace_all(body, ">completed<", ">modifying<");
    return answer_of(200, body);
  };
  REQUIRE(site.run_through(resize_while_listed(&site)));
  CHECK(site.bodies("DescribeVolumes").size() == 2);
  CHECK(gib_listed(site) == 400);
}

}  // namespace tally::aws_lost_answers_test
