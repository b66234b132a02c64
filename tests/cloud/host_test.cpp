#include "cloud/host.hpp"

#include <catch2/catch.hpp>

namespace tally::host_test {

TEST_CASE("an address that is nobody's is none", "[host]") {
  for (const char* nobodys : {"",
                              "0.0.0.0",
                              "::",
                              "0",
                              "0.0.0.1",
                              "::ffff:0.0.0.0",
                              "255.255.255.255",
                              "224.0.0.1",
                              "ff02::1",
                              "127.0.0.1",
                              "127.1.2.3",
                              "::1",
                              "localhost",
                              "x.localhost",
                              "127.1",
                              "1.2.3",
                              "0x7f.1",
                              "0x7f000001",
                              " ",
                              "null",
                              "N/A",
                              "pending",
                              "127.0.0.1:22",
                              "127.0.0.1/32",
                              "[::1]",
                              "a..b",
                              "-a.example",
                              "-oProxyCommand=x.example",
                              "1.2.3.0x4",
                              "a b.example",
                              "::ffff:127.0.0.1",
                              "::ffff:224.0.0.1"}) {
    INFO(nobodys);
    CHECK(instance_address(nobodys, LoopbackIs::nobodys).empty());
  }
}

TEST_CASE("an instance's address is an IP address or a DNS name, and stays as the vendor wrote it", "[host]") {
  for (const char* somebodys : {"198.51.100.2", "10.0.0.1", "2001:db8::7", "ec2-1-2-3-4.compute.example.com",
                                "A.example", "a.example.", "::ffff:198.51.100.2"}) {
    INFO(somebodys);
    CHECK(instance_address(somebodys, LoopbackIs::nobodys) == somebodys);
  }
}

TEST_CASE("behind an endpoint on this machine, so may the instances be", "[host]") {
  for (const char* local : {"127.0.0.1", "127.0.0.2", "::1", "localhost", "::ffff:127.0.0.1"}) {
    INFO(local);
    CHECK(instance_address(local, LoopbackIs::an_instances) == local);
  }
  CHECK(instance_address("0.0.0.0", LoopbackIs::an_instances).empty());
}

}  // namespace tally::host_test
