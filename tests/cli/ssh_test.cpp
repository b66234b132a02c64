// tallyctl ssh, probe and host-key, as far as no other machine and no daemon is needed.
#include <sysexits.h>

#include <catch2/catch.hpp>

#include "cli/client/ssh_invocation.hpp"
#include "cli/show/probe_report.hpp"
#include "tests/cli/program.hpp"

namespace tally::ssh_test {
using namespace tally::cli_tests;

namespace {

HostKeyRecord host_key(HostKeyState state, const std::string& type = "ssh-ed25519") {
  return {CloudId("i-1"), type, "SHA256:" + std::string(to_string(state)), "AAAA+/=", state, now()};
}

/// The instance, and what is known of it over SSH.
struct SshWorld : CliWorld {
  void put(const std::vector<HostKeyRecord>& keys) {
    SshChanges changes;
    changes.host_keys = keys;
    catalog.apply(cred, changes);
  }
  void put(const Instance& row) { catalog.apply(cred, addition(row, now()), state(instances_listing, now())); }
  [[nodiscard]] ProbeRecord failed_probe() const {
    const auto since = integer("SELECT status_since_ms FROM instances WHERE cloud_id = 'i-1'");
    ProbeRecord probe;
    probe.cloud_id = instance.cloud_id;
    probe.at = now();
    probe.host = instance.public_ip;
    probe.ssh_user = instance.ssh_user;
    probe.ssh_port = instance.ssh_port;
    probe.running_since = Timestamp(std::chrono::milliseconds(since));
    probe.stage = "tcp";
    probe.error = "connection refused";
    return probe;
  }
};

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

cli::SshHop hop() { return {"i-1", "192.0.2.1", 22, "ubuntu", {{"ssh-ed25519", "SHA256:x", "AAAA", ""}}}; }

boost::json::object document(const std::string& text) { return boost::json::parse(text).as_object(); }

}  // namespace

TEST_CASE("ssh takes the pinned keys only, at the instance's address, as its user", "[cli]") {
  SshWorld world;
  world.put({host_key(HostKeyState::pinned), host_key(HostKeyState::trusted, "ssh-rsa")});
  const Ran ran = world({"ssh", "--print", "i-1"});
  CHECK(ran.exit_code == 0);
  CHECK(ran.says(" -o StrictHostKeyChecking=yes -o UserKnownHostsFile=/dev/null -o GlobalKnownHostsFile=/dev/null "));
  CHECK(ran.says(R"('KnownHostsCommand=/usr/bin/printf "%%s %%s %%s\n" i-1 ssh-ed25519 AAAA+/= i-1 ssh-rsa AAAA+/=')"));
  CHECK(ran.says(" -o HostKeyAlias=i-1 -o HostKeyAlgorithms=ssh-ed25519,rsa-sha2-512,rsa-sha2-256 "));
  CHECK(ran.out.ends_with(" -l ubuntu -p 22 -- 192.0.2.1\n"));
}

TEST_CASE("user, port, key and command of ssh can be said", "[cli]") {
  SshWorld world;
  world.put({host_key(HostKeyState::pinned)});
  const Ran ran = world({"ssh", "vm-i-1", "--print", "--user", "root", "--port", "2222", "--identity", "/tmp/a key",
                         "--", "ls", "-l", "it's"});
  CHECK(ran.out.ends_with(" -o IdentitiesOnly=yes -i '/tmp/a key' -l root -p 2222 -- 192.0.2.1 ls -l 'it'\\''s'\n"));
  CHECK(world({"ssh", "i-1", "--port", "65536"}).exit_code == EX_USAGE);
}

TEST_CASE("ssh goes nowhere without a pinned key, or when the key changed", "[cli]") {
  SshWorld world;
  const Ran unknown = world({"ssh", "--print", "i-1"});
  CHECK(unknown.exit_code == 1);
  CHECK(unknown.out.empty());
  CHECK(holds(unknown.err, "no host key of it is known yet: tallyctl probe i-1"));
  world.put({host_key(HostKeyState::pinned), host_key(HostKeyState::changed)});
  const Ran changed = world({"ssh", "--print", "i-1"});
  CHECK(changed.exit_code == 1);
  CHECK(changed.out.empty());
  for (const char* text : {"SHA256:pinned", "answers   ssh-ed25519 SHA256:changed", "tallyctl host-key trust i-1"}) {
    CHECK(holds(changed.err, text));
  }
}

TEST_CASE("what a vendor says never becomes an option of ssh or a word of a shell", "[cli]") {
  SshWorld world;
  Instance hostile = make_instance("a b,*!$(x)\n'");
  SECTION("address") { hostile.public_ip = "-oProxyCommand=x"; }
  SECTION("name") {
    hostile.public_ip.clear();
    hostile.public_dns = "x;reboot";
  }
  SECTION("user") { hostile.ssh_user = "-x"; }
  SECTION("user for a shell") { hostile.ssh_user = "`x`"; }
  world.put(hostile);
  HostKeyRecord key = host_key(HostKeyState::pinned);
  key.cloud_id = hostile.cloud_id;
  SECTION("key") { key.public_key = "AAAA\ni-1 ssh-ed25519 BBBB"; }
  SECTION("no key") { key.public_key.clear(); }
  world.put({key});
  const Ran ran = world({"ssh", "--print", hostile.cloud_id.str()});
  CHECK(ran.exit_code == 1);
  CHECK(ran.out.empty());
}

TEST_CASE("the ID of an instance becomes a harmless name of its key", "[cli]") {
  SshWorld world;
  const Instance odd = make_instance("a b,*!$(x)\n'");
  world.put(odd);
  HostKeyRecord key = host_key(HostKeyState::pinned);
  key.cloud_id = odd.cloud_id;
  world.put({key});
  CHECK(world({"ssh", "--print", odd.cloud_id.str()}).says(" -o HostKeyAlias=a_b_____x___ "));
}

TEST_CASE("a port mapping leads to the SSH server of an instance", "[cli]") {
  SshWorld world;
  Instance mapped = make_instance("i-1");
  mapped.ssh_port.reset();
  mapped.attributes.edit().internal_port_mappings = {{80, 8080}, {2201, 22}};
  world.put(mapped);
  world.put({host_key(HostKeyState::pinned)});
  CHECK(world({"ssh", "--print", "i-1"}).says(" -p 2201 "));
  mapped.public_ip.clear();
  mapped.private_ip = "10.0.0.7";
  mapped.ssh_port = 2201;
  world.put(mapped);
  const Ran inside = world({"ssh", "--print", "i-1"});
  CHECK(inside.says(" -p 22 -- 10.0.0.7\n"));
  CHECK(holds(inside.err, "it has a private address only"));
}

TEST_CASE("explain tells the port and the user that ssh takes and that is probed", "[cli]") {
  SshWorld world;
  Instance mapped = make_instance("i-1");
  mapped.ssh_port.reset();
  mapped.attributes.edit().internal_port_mappings = {{80, 8080}, {2201, 22}};
  world.put(mapped);
  const Ran ran = world({"explain", "i-1"});
  CHECK(ran.exit_code == 0);
  CHECK(holds(ran.out, "ubuntu, port 2201\n"));
}

TEST_CASE("of two instances of one name ssh means the live one, and neither of two live ones", "[cli]") {
  SshWorld world;
  world.put({host_key(HostKeyState::pinned)});
  Instance namesake = make_instance("i-0", "east", "a100", LifecycleStatus::terminated);
  namesake.name = world.instance.name;
  ChangeSet ended = addition(namesake, now());
  ended.instances.at(0).ended_at = now();
  world.catalog.apply(cred, ended, state(instances_listing, now()));
  CHECK(world({"ssh", "--print", namesake.name}).exit_code == 0);
  CHECK(holds(world({"ssh", "--print", "i-0"}).err, "it has ended"));
  Instance twin = make_instance("i-2");
  twin.name = namesake.name;
  world.put(twin);
  const Ran unclear = world({"ssh", "--print", namesake.name});
  CHECK(unclear.exit_code == 1);
  CHECK(holds(unclear.err, "i-2"));
  CHECK(world({"ssh", "--print", "nothing"}).exit_code == 1);
}

TEST_CASE("the bastion's own key is pinned, too", "[cli]") {
  cli::SshInvocation invocation;
  invocation.target = hop();
  invocation.target.host = "fd00::7";
  invocation.bastion = hop();
  invocation.bastion->host = invocation.bastion->name = "bastion.example";
  const std::vector<std::string> words = cli::ssh_words(invocation);
  const std::string proxy = words.at(words.size() - 3);
  CHECK(holds(proxy, "ProxyCommand=ssh -o StrictHostKeyChecking=yes "));
  CHECK(holds(proxy, R"('KnownHostsCommand=/usr/bin/printf "%%%%s %%%%s %%%%s\n" bastion.example ssh-ed25519 AAAA')"));
  CHECK(proxy.ends_with(" -l ubuntu -p 22 -W '[fd00::7]:22' -- bastion.example"));
}

TEST_CASE("a probe is told stage by stage", "[cli]") {
  const std::string text = cli::probe_report(
      document(R"({"host":"192.0.2.1","stage":"host_key","is_ok":1,"error":null,"total_ms":42,"dns_ms":0,"tcp_ms":1,
        "banner_ms":9,"kex_ms":31,"host_key_ms":1,"auth_ms":null,"key_type":"ssh-ed25519",
        "fingerprint_sha256":"SHA256:x","server_version":"SSH-2.0-OpenSSH_9.2p1"})"),
      "vm (i-1)", {});
  CHECK(text ==
        "STAGE      TIME  RESULT\n"
        "dns        0 ms  ok\n"
        "tcp        1 ms  ok\n"
        "banner     9 ms  ok\n"
        "kex       31 ms  ok\n"
        "host_key   1 ms  ok\n"
        "\n"
        "vm (i-1) at 192.0.2.1: reachable, in 42 ms\n"
        "SSH-2.0-OpenSSH_9.2p1, ssh-ed25519 SHA256:x\n");
}

TEST_CASE("a probe that failed says what to do, and lets nothing at the terminal", "[cli]") {
  const std::string text =
      cli::probe_report(document(R"({"stage":"tcp","is_ok":0,"error":"refused\u001b[2J","total_ms":3,"dns_ms":1,
        "tcp_ms":null,"server_version":"\u009b1m"})"),
                        "vm (i-1)", {});
  CHECK(holds(text, "dns    1 ms  ok\ntcp       -  failed\n\nvm (i-1): not reachable: refused [2J\n"));
  CHECK(holds(text, "firewall"));
  CHECK_FALSE(holds(text, "\033"));
  CHECK_NOTHROW(cli::probe_report({}, "vm", {}));
}

TEST_CASE("host keys are listed and filtered", "[cli]") {
  SshWorld world;
  CHECK(holds(world({"host-key", "list"}).err, "no host key is known"));
  world.put({host_key(HostKeyState::pinned), host_key(HostKeyState::changed)});
  CHECK(world({"host-key", "list"}).says("SHA256:pinned"));
  CHECK(world({"host-key", "list", "--state", "changed", "-o", "json"}).rows().size() == 1);
  CHECK(world({"host-key", "list", "--cloud-id", "i-9", "-o", "json"}).rows().empty());
}

TEST_CASE("a host key is trusted only when there is another one and a daemon", "[cli]") {
  SshWorld world;
  world.put({host_key(HostKeyState::pinned)});
  CHECK(holds(world({"host-key", "trust", "i-1", "--yes"}).err, "its host key has not changed"));
  world.put({host_key(HostKeyState::pinned), host_key(HostKeyState::changed)});
  const Ran ran = world({"host-key", "trust", "i-1", "--yes"});
  CHECK(ran.exit_code == EX_UNAVAILABLE);
  CHECK(holds(ran.err, "expected  ssh-ed25519  SHA256:pinned"));
  CHECK(holds(ran.err, "answers   ssh-ed25519  SHA256:changed"));
  CHECK(world({"host-key", "trust", "nothing", "--yes"}).exit_code == 1);
  CHECK(world({"probe", "i-1"}).exit_code == EX_UNAVAILABLE);
}

TEST_CASE("what is known over SSH is in instances, explain and health", "[cli]") {
  SshWorld world;
  CHECK(world({"health", "-o", "json"}).rows().at(0).at("unreachable_instances") == 0);
  SshChanges changes;
  changes.probes = {world.failed_probe()};
  changes.host_keys = {host_key(HostKeyState::pinned)};
  BootstrapRecord bootstrap;
  bootstrap.cloud_id = CloudId("i-1");
  bootstrap.state = BootstrapState::failed;
  bootstrap.exit_status = 3;
  bootstrap.error = "the script ended with status 3";
  changes.bootstraps = {bootstrap};
  world.catalog.apply(cred, changes);
  CHECK(world({"health", "-o", "json"}).rows().at(0).at("unreachable_instances") == 1);
  CHECK(world({"instances"}).says("REACHABLE"));
  const Ran explained = world({"explain", "i-1"});
  for (const char* text : {"failed: connection refused", "SHA256:pinned", "the script ended with status 3"}) {
    CAPTURE(text);
    CHECK(explained.says(text));
  }
  const auto row = world({"explain", "i-1", "-o", "json"}).rows().at(0).as_object();
  for (const char* view : {"ssh_probes", "host_keys", "bootstraps"}) CHECK(row.at(view).as_array().size() == 1);
}

}  // namespace tally::ssh_test
