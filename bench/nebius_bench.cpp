// What a listing of Nebius costs: reading its pages of instances for the first time, again unchanged, with one in a
// hundred changed, and unchanged with the labels of all in another order, as a server may send them. The same pages are
// written to a file for others to read: bench/compare/nebius_rows.py.
//   build/release/bin/nebius_bench [INSTANCES] [FILE]
#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <chrono>
#include <cstdlib>
#include <fstream>

#include "bench/cpu_time.hpp"
#include "providers/nebius/instance_mapping.hpp"
#include "providers/nebius/message_list.hpp"
#include "providers/nebius/protos/compute.pb.h"

namespace {
namespace compute = ::nebius::compute::v1;

enum class Labels { in_order, in_any };

std::string bytes_of(const compute::Instance& message, Labels labels) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(labels == Labels::in_order);
    message.SerializeToCodedStream(&coded);
  }
  return bytes;
}

std::string instance(int number, int version, Labels labels) {
  compute::Instance message;
  auto& metadata = *message.mutable_metadata();
  metadata.set_id("computeinstance-e00" + std::to_string(number));
  metadata.set_parent_id("project-e00bench");
  metadata.set_name("job-" + std::to_string(number));
  metadata.set_resource_version(version);
  metadata.mutable_created_at()->set_seconds(1'786'000'000 + number);
  for (int label = 0; label < 8; ++label) {
    (*metadata.mutable_labels())["label-" + std::to_string(label)] = "value-" + std::to_string(number);
  }
  auto& spec = *message.mutable_spec();
  spec.mutable_resources()->set_platform("gpu-h100-sxm");
  spec.mutable_resources()->set_preset("8gpu-128vcpu-1600gb");
  auto& network = *spec.add_network_interfaces();
  network.set_name("eth0");
  network.set_subnet_id("vpcsubnet-e00bench");
  network.mutable_ip_address();
  spec.mutable_boot_disk()->mutable_existing_disk()->set_id("computedisk-e00" + std::to_string(number));
  auto& status = *message.mutable_status();
  status.set_state(version % 2 == 0 ? compute::InstanceStatus::RUNNING : compute::InstanceStatus::STOPPING);
  auto& interface = *status.add_network_interfaces();
  interface.mutable_ip_address()->set_address("10.0." + std::to_string(number / 250 % 250) + "." +
                                              std::to_string(number % 250) + "/32");
  return bytes_of(message, labels);
}

std::vector<std::string> pages(int instances, int changed_each, Labels labels = Labels::in_order) {
  constexpr int page_size = 1000;
  std::vector<std::string> all;
  ::nebius::listing::Page page;
  for (int number = 0; number < instances; ++number) {
    const bool is_changed = changed_each > 0 && number % changed_each == 0;
    page.add_items(instance(number, is_changed ? 1 : 0, labels));
    if (page.items_size() < page_size && number + 1 < instances) continue;
    if (number + 1 < instances) page.set_next_page_token(std::to_string(number));
    all.push_back(page.SerializeAsString());
    page.Clear();
  }
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace tally;
  const int instances = argc > 1 ? std::atoi(argv[1]) : 10'000;
  const std::vector<std::string> first = pages(instances, 0);
  const std::vector<std::string> later = pages(instances, 100);
  const std::vector<std::string> shuffled = pages(instances, 100, Labels::in_any);
  if (argc > 2) {
    std::ofstream file(argv[2], std::ios::binary);
    for (const std::string& page : first) file << page.size() << "\n" << page;
  }
  const Redactor redactor;
  const Timestamp now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  tally::nebius::Place place;
  place.region = "eu-north1";
  tally::nebius::MessageList<compute::Instance, tally::nebius::Machine> list(
      [&](const compute::Instance& message, json::Findings& findings) {
        return tally::nebius::read_machine(message, place, now, findings);
      },
      redactor);
  const auto measure = [&](const char* what, const std::vector<std::string>& answer) {
    ModelSize size;
    WorkLimit limit(std::chrono::hours(1));
    const double began = cpu_ms();
    const auto read = list.read(answer, size, limit);
    fmt::print("{:28} {:8.2f} ms CPU, {} rows\n", what, cpu_ms() - began, read ? read->rows.size() : 0);
  };
  measure("for the first time", first);
  measure("again", first);
  measure("one in a hundred changed", later);
  measure("labels in another order", shuffled);
  return 0;
}
