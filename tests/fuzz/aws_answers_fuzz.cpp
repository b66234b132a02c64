// A target of libFuzzer: all that reads AWS's answers, each fed with the same bytes. Begin with the recorded ones:
//   build/fuzz/bin/fuzz_aws_answers -max_total_time=600 CORPUS
#include <cstdint>

#include "providers/aws/belongings.hpp"
#include "providers/aws/images.hpp"
#include "providers/aws/machines.hpp"
#include "providers/aws/places.hpp"
#include "providers/aws/prices.hpp"
#include "providers/aws/shapes.hpp"
#include "providers/aws/vcpu_limits.hpp"
#include "tests/fuzz/insist.hpp"

namespace {

using namespace tally;
using fakes::insist;

/// An answer, or an error with words.
template <class T>
void insist_on(const Result<T>& answer) {
  insist(answer || !answer.error().message.empty(), "an error without words");
}

void feed_machines(const std::string& text, const char* root) {
  const aws::MachinePlace place{"us-east-1", "ubuntu", LoopbackIs::nobodys};
  const Timestamp now{std::chrono::sys_days(std::chrono::year(2026) / 9 / 1)};
  const auto page = aws::read_machines(text, root, place, now, Redactor(), WorkLimit());
  insist_on(page);
  if (!page) return;
  for (const aws::Machine& machine : page->machines) {
    insist(!machine.instance->cloud_id.empty() && !machine.instance->type.empty(), "a machine without an ID or a type");
    insist(machine.instance->cloud_id.str().size() <= limits::id, "an ID without end");
    insist(machine.instance->tags.size() <= limits::tags_per_instance, "tags without end");
  }
  for (const Rejected& row : page->rejected) insist(!row.reason.empty(), "a row is rejected without a reason");
}

void feed_types(const std::string& text) {
  aws::ShapeList list;
  insist_on(aws::read_shapes(text, WorkLimit(), list));
  for (const auto& [name, shape] : list.shapes) {
    insist(!name.empty() && name == shape->type.type, "a type without a name");
    if (!shape->findings.fault.empty()) continue;
    for (const Gpu& gpu : shape->type.gpus) insist(!gpu.name.empty() && gpu.count > 0, "a GPU without name or count");
  }
}

void feed_places(const std::string& text) {
  insist_on(aws::read_regions(text, WorkLimit()));
  insist_on(aws::read_zones(text, WorkLimit()));
  aws::OfferList offers;
  insist_on(aws::read_offers(text, WorkLimit(), offers));
  aws::SpotPrices spot;
  insist_on(aws::read_spot_prices(text, WorkLimit(), spot));
  for (const auto& [where, price] : spot.by_place) {
    insist(!price.amount || price.amount->nanos > 0, "a spot price of nothing");
  }
  insist_on(aws::read_account_number(text, WorkLimit()));
}

void feed_belongings(const std::string& text) {
  insist_on(aws::read_made(text, "ImportKeyPairResponse", "keyPairId"));
  std::vector<aws::Network> subnets;
  insist_on(aws::read_subnets(text, WorkLimit(), subnets));
  insist_on(aws::read_key_pair(text));
  insist_on(aws::read_group_id(text));
  std::vector<aws::GroupRule> rules;
  insist_on(aws::read_group_rules(text, WorkLimit(), rules));
  insist_on(aws::read_begun(text));
  insist_on(aws::read_modification(text));
  aws::Volumes volumes;
  insist_on(aws::read_volumes(text, WorkLimit(), volumes));
  aws::ImageList images;
  insist_on(aws::read_images(text, "us-east-1", WorkLimit(), images));
}

void feed_json(const std::string& text) {
  aws::PriceList prices;
  insist_on(aws::read_products(text, "us-east-1", WorkLimit(), prices));
  for (const auto& [type, price] : prices.hourly) insist(price.nanos > 0, "a price of nothing");
  const auto cached = aws::from_cache(text);
  if (cached) insist(aws::from_cache(aws::to_cache(*cached)) == cached, "a cache that is another when read again");
  insist_on(aws::read_parameter(text));
  insist_on(aws::read_limit(text, "L-DB2E81BA"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  feed_machines(text, "DescribeInstancesResponse");
  feed_machines(text, "RunInstancesResponse");
  feed_types(text);
  feed_places(text);
  feed_belongings(text);
  feed_json(text);
  return 0;
}
