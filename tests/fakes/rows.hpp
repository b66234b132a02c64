// Rows of the model with every needed field set, for tests to vary.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "cloud/answer.hpp"
#include "cloud/instance.hpp"
#include "cloud/instance_type.hpp"
#include "cloud/location.hpp"
#include "tests/fakes/money.hpp"

namespace tally::fakes {

inline InstanceType make_type(const std::string& location, const std::string& name, std::int64_t cents = 199) {
  InstanceType type;
  type.provider = type.cloud = "fake";
  type.type = name;
  type.location = location;
  type.vcpu = 30;
  type.memory = Bytes::of(200, ByteUnit::gibibyte);
  type.architectures = {"x86_64"};
  Gpu gpu;
  gpu.count = 1;
  gpu.name = "A100";
  gpu.memory_gb = 40;
  type.gpus = {gpu};
  Price price;
  price.amount = fakes::cents(cents);
  type.prices = {price};
  type.is_available = true;
  type.id = make_instance_type_id(type);
  return type;
}

inline Instance make_instance(const std::string& id, const std::string& location = "east",
                              const std::string& type = "a100", LifecycleStatus status = LifecycleStatus::running) {
  Instance instance;
  instance.cloud_id = CloudId(id);
  instance.provider = instance.cloud = "fake";
  instance.name = "vm-" + id;
  instance.status = status;
  instance.provider_status = to_string(status);
  instance.location = location;
  instance.type = type;
  instance.instance_type_id = make_instance_type_id(instance);
  instance.public_ip = "192.0.2.1";
  instance.ssh_user = "ubuntu";
  instance.ssh_port = 22;
  instance.price = fakes::cents(199);
  return instance;
}

inline Location make_location(const std::string& name) {
  Location location;
  location.name = name;
  location.country = "USA";
  return location;
}

template <class T>
Row<T> row(T value) {
  return std::make_shared<const T>(std::move(value));
}

template <class T, class... Rest>
Answer<T> listing(T first, Rest... rest) {
  Answer<T> result;
  result.rows.push_back(row(std::move(first)));
  (result.rows.push_back(row(std::move(rest))), ...);
  return result;
}

}  // namespace tally::fakes
