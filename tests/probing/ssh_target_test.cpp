#include "probing/ssh_target.hpp"

#include <catch2/catch.hpp>

#include "tests/fakes/rows.hpp"

namespace tally::ssh_target_test {
using namespace tally::fakes;

namespace {

const ProviderDescription provider;  // root, 22

std::shared_ptr<const SshTarget> bastion(const std::string& host = "bastion.example") {
  SshTarget target;
  target.host = host;
  return std::make_shared<const SshTarget>(target);
}

std::shared_ptr<const SshKey> key(const std::string& text) {
  SshKey key;
  key.private_key = Secret(text);
  return std::make_shared<const SshKey>(key);
}

SshTarget target_of(const Instance& instance, const ProbeSettings& settings = {}) {
  return ssh_target(instance, settings, provider).value();
}

}  // namespace

TEST_CASE("the public address goes before the public name, and a private one needs a bastion", "[probing]") {
  ProbeSettings settings;
  Instance instance = make_instance("a");
  instance.public_dns = "vm.example";
  instance.private_ip = "10.0.0.1";
  CHECK(target_of(instance).host == "192.0.2.1");
  instance.public_ip.clear();
  CHECK(target_of(instance).host == "vm.example");
  instance.public_dns.clear();
  CHECK_FALSE(ssh_target(instance, settings, provider));
  settings.bastion = bastion();
  CHECK(target_of(instance, settings).host == "10.0.0.1");
  CHECK(target_of(instance, settings).bastion == settings.bastion);
  instance.private_ip.clear();
  CHECK_FALSE(ssh_target(instance, settings, provider));
}

TEST_CASE("port and user are the setting's, else the instance's, else the provider's", "[probing]") {
  ProbeSettings settings;
  Instance instance = make_instance("a");
  instance.ssh_port = 2222;
  CHECK(target_of(instance).port == 2222);
  CHECK(target_of(instance).user == "ubuntu");
  instance.ssh_port.reset();
  instance.ssh_user.clear();
  CHECK(target_of(instance).port == 22);
  CHECK(target_of(instance).user == "root");
  settings.port = 7;
  settings.user = "ops";
  instance.ssh_port = 2222;
  instance.ssh_user = "ubuntu";
  CHECK(target_of(instance, settings).port == 7);
  CHECK(target_of(instance, settings).user == "ops");
}

TEST_CASE("a port that is none counts as not given", "[probing]") {
  Instance instance = make_instance("a");
  instance.ssh_port = GENERATE(0, -1, 65536);
  CHECK(target_of(instance).port == 22);
}

TEST_CASE("a mapped port is the outer one at the public address and the inner one behind the bastion", "[probing]") {
  ProbeSettings settings;
  settings.bastion = bastion();
  Instance instance = make_instance("a");
  instance.private_ip = "10.0.0.1";
  SECTION("the instance's port leads to another inside") {
    instance.ssh_port = 30022;
    instance.attributes.edit().internal_port_mappings = {{80, 8080}, {30022, 2022}};
    CHECK(target_of(instance, settings).port == 30022);
    instance.public_ip.clear();
    CHECK(target_of(instance, settings).port == 2022);
  }
  SECTION("only the mapping says where sshd is") {
    instance.ssh_port.reset();
    instance.attributes.edit().internal_port_mappings = {{80, 8080}, {30022, 22}};
    CHECK(target_of(instance, settings).port == 30022);
    instance.public_ip.clear();
    CHECK(target_of(instance, settings).port == 22);
  }
}

TEST_CASE("what makes it the same target", "[probing]") {
  ProbeSettings settings;
  settings.key = key("one");
  settings.bastion = bastion();
  const Instance instance = make_instance("a");
  const SshTarget target = target_of(instance, settings);
  ProbeSettings again = settings;
  again.key = key("one");
  again.bastion = bastion();
  SshTarget same = target_of(instance, again);
  same.expected.emplace_back();
  CHECK(is_same_target(target, same));

  again.key = key("two");
  CHECK_FALSE(is_same_target(target, target_of(instance, again)));
  again.key = nullptr;
  CHECK_FALSE(is_same_target(target, target_of(instance, again)));
  again = settings;
  again.bastion = bastion("other.example");
  CHECK_FALSE(is_same_target(target, target_of(instance, again)));
  again.bastion = nullptr;
  CHECK_FALSE(is_same_target(target, target_of(instance, again)));
}

}  // namespace tally::ssh_target_test
