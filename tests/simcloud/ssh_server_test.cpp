// The simulated SSH servers, seen by OpenSSH's client.
#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/system/system_error.hpp>
#include <catch2/catch.hpp>

#include "simcloud/ssh_keys.hpp"
#include "tests/simcloud/ssh_site.hpp"

namespace tally::ssh_server_test {
using namespace tally::fakes;
using namespace tally::simcloud;
namespace asio = boost::asio;

namespace {

const std::string address = "127.9.0.1";
const std::string other_address = "127.9.0.2";

SshHost host(const std::string& id, const std::string& at, SshFault fault = SshFault::none, int installations = 0) {
  return {id, at, installations, fault};
}

SshOptions options_for(const SshClient& client) {
  SshOptions options;
  options.authorized_key = client.public_key("right");
  return options;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// All that comes until the other side ends it.
std::string read_to_end(asio::ip::tcp::socket& socket) {
  std::string text;
  boost::system::error_code failure;
  asio::read(socket, asio::dynamic_buffer(text), failure);
  return text;
}

}  // namespace

TEST_CASE("the authorized key logs in, and its commands run for real in the instance's own home", "[simcloud]") {
  SshClient client;
  SshSite site(options_for(client));
  site.serve({host("one", address), host("two", other_address)});

  const RunOutcome first =
      client.run(address, site.port(), "cat >note; echo out of $USER; echo err >&2; exit 3", "kept\n");
  CHECK(first.exit_code == 3);
  CHECK(has(first.output, "out of ubuntu\n"));
  CHECK(has(first.output, "err\n"));
  CHECK(has(client.run(address, site.port(), "cat ~/note").output, "kept\n"));
  CHECK(client.run(other_address, site.port(), "test -e note").exit_code == 1);
}

TEST_CASE("a large file goes through a command both ways", "[simcloud]") {
  SshClient client;
  SshSite site(options_for(client));
  site.serve({host("one", address)});
  constexpr std::ptrdiff_t size = 5'000'000;
  const RunOutcome said = client.run(address, site.port(), "tee copy; wc -c <copy", std::string(size, '~'));
  CHECK(said.exit_code == 0);
  CHECK(std::count(said.output.begin(), said.output.end(), '~') == size);  // the client's own words are in between
  CHECK(has(said.output, std::to_string(size) + "\n"));
}

TEST_CASE("what a command leaves running does not outlive it, nor hold its end back", "[simcloud]") {
  SshClient client;
  SshSite site(options_for(client));
  site.serve({host("one", address)});
  CHECK(client.run(address, site.port(), "sleep 1000 & echo $! >pid").exit_code == 0);
  // It was told to die, which takes until it has the processor. A zombie, which may be left, has no command line.
  const std::string until_gone = "while grep -q sleep /proc/$(cat pid)/cmdline; do sleep 0.02; done";
  CHECK(client.run(address, site.port(), until_gone).exit_code == 0);
}

TEST_CASE("another key or an unknown user is not let in", "[simcloud]") {
  SshClient client;
  SshSite site(options_for(client));
  site.serve({host("one", address)});
  CHECK(has(client.run(address, site.port(), "true", "", "ubuntu", "wrong").output, "Permission denied (publickey)"));
  CHECK(has(client.run(address, site.port(), "true", "", "nobody").output, "Permission denied (publickey)"));
  CHECK(client.run(address, site.port(), "true", "", "root").exit_code == 0);
}

TEST_CASE("a key that is added to authorized_keys on the instance logs in there, and only there", "[simcloud]") {
  SshClient client;
  SshSite site(options_for(client));
  site.serve({host("one", address), host("two", other_address)});
  std::ifstream file(client.public_key("wrong"));
  std::string line;
  std::getline(file, line);
  REQUIRE(client.run(address, site.port(), "mkdir -p .ssh && cat >>.ssh/authorized_keys", line + "\n").exit_code == 0);
  CHECK(client.run(address, site.port(), "true", "", "ubuntu", "wrong").exit_code == 0);
  CHECK(client.run(other_address, site.port(), "true", "", "ubuntu", "wrong").exit_code == 255);
}

TEST_CASE("where no key is authorized any logs in, but runs nothing unless told so", "[simcloud]") {
  SshClient client;
  SshOptions options;
  SECTION("by default") {
    SshSite site(options);
    site.serve({host("one", address)});
    const RunOutcome said = client.run(address, site.port(), "echo hello");
    CHECK(has(said.output, "Authenticated to " + address));
    CHECK(has(said.output, "exec request failed"));
    CHECK(said.exit_code != 0);
  }
  SECTION("told so") {
    options.exec = SshExec::on;
    SshSite site(options);
    site.serve({host("one", address)});
    CHECK(has(client.run(address, site.port(), "echo hello").output, "hello\n"));
  }
}

TEST_CASE("commands can be refused although a key is authorized", "[simcloud]") {
  SshClient client;
  SshOptions options = options_for(client);
  options.exec = SshExec::off;
  SshSite site(options);
  site.serve({host("one", address)});
  CHECK(has(client.run(address, site.port(), "true").output, "exec request failed"));
}

TEST_CASE("each instance has a host key of its own, the same in every run on one seed", "[simcloud]") {
  std::string one;
  std::string two;
  {
    SshSite site({});
    site.serve({host("one", address), host("two", other_address)});
    one = SshClient::host_key(address, site.port());
    two = SshClient::host_key(other_address, site.port());
  }
  CHECK(has(one, "ssh-ed25519 "));
  CHECK(one != two);

  SshSite site({});
  site.serve({host("one", other_address)});
  CHECK(SshClient::host_key(other_address, site.port()) == one);

  site.serve({host("one", other_address, SshFault::none, 1)});
  CHECK(SshClient::host_key(other_address, site.port()) != one);

  SshOptions options;
  options.seed = 2;
  SshSite another(options);
  another.serve({host("one", address)});
  CHECK(SshClient::host_key(address, another.port()) != one);
}

TEST_CASE("an instance that is set up anew has an empty home", "[simcloud]") {
  SshClient client;
  SshSite site(options_for(client));
  site.serve({host("one", address)});
  REQUIRE(client.run(address, site.port(), "touch note").exit_code == 0);
  site.serve({host("one", address, SshFault::tarpit)});
  site.serve({host("one", address)});
  CHECK(client.run(address, site.port(), "test -e note").exit_code == 0);
  site.serve({host("one", address, SshFault::none, 1)});
  CHECK(client.run(address, site.port(), "test -e note").exit_code == 1);
}

TEST_CASE("who is gone or unreachable refuses connections, and drops those that were open", "[simcloud]") {
  SshClient client;
  SshSite site({});
  site.serve({host("one", address), host("two", other_address)});
  asio::ip::tcp::socket open = site.connect(address);
  site.serve({host("two", other_address, SshFault::unreachable)});
  read_to_end(open);  // returns
  for (const std::string& at : {address, other_address, std::string("127.0.0.1")}) {
    CHECK_THROWS_WITH(site.connect(at), Catch::Contains("Connection refused"));
  }
}

TEST_CASE("an unchanged instance keeps its connections when others change", "[simcloud]") {
  SshSite site({});
  site.serve({host("one", address)});
  asio::ip::tcp::socket open = site.connect(address);
  site.serve({host("one", address), host("two", other_address)});
  char first = 0;
  asio::read(open, asio::buffer(&first, 1));
  CHECK(first == 'S');
}

TEST_CASE("a silent instance accepts and says nothing", "[simcloud]") {
  SshSite site({});
  site.serve({host("one", address, SshFault::silent)});
  asio::ip::tcp::socket open = site.connect(address);
  site.serve({});
  CHECK(read_to_end(open).empty());
}

TEST_CASE("a tarpit drips bytes that are no version", "[simcloud]") {
  SshSite site({});
  site.serve({host("one", address, SshFault::tarpit)});
  asio::ip::tcp::socket open = site.connect(address);
  char first = 0;
  asio::read(open, asio::buffer(&first, 1));
  CHECK(first == 'x');
  site.serve({});
  CHECK(read_to_end(open).find_first_not_of('x') == std::string::npos);
}

TEST_CASE("a long banner is a version line of a megabyte", "[simcloud]") {
  SshSite site({});
  site.serve({host("one", address, SshFault::banner)});
  asio::ip::tcp::socket open = site.connect(address);
  std::string text(1024 * 1024, ' ');
  asio::read(open, asio::buffer(text));
  CHECK(text.starts_with("SSH-2.0-xxx"));
  CHECK(text.ends_with('x'));
}

TEST_CASE("an instance that dies at a stage finishes those before it", "[simcloud]") {
  const std::string banner = "Remote protocol version 2.0";
  const std::string kex = "SSH2_MSG_NEWKEYS received";
  const std::string auth = "Authenticated to";
  struct Row {
    SshFault fault;
    std::string last;   // what the client still sees
    std::string never;  // and what it does not
  };
  SshClient client;
  SshSite site(options_for(client));
  for (const Row& row :
       {Row{SshFault::dies_at_banner, "Connection established", banner}, Row{SshFault::dies_at_kex, banner, kex},
        Row{SshFault::dies_at_auth, kex, auth}, Row{SshFault::dies_at_exec, auth, "hello"}}) {
    site.serve({host("one", address, row.fault)});
    const RunOutcome said = client.run(address, site.port(), "printf %s%s hel lo");
    INFO(to_string(row.fault) << ": " << said.output);
    CHECK(said.exit_code == 255);
    CHECK(has(said.output, row.last));
    CHECK_FALSE(has(said.output, row.never));
    CHECK_FALSE(has(said.output, "Permission denied"));
  }
}

TEST_CASE("an instance that refuses every key refuses the right one too", "[simcloud]") {
  SshClient client;
  SshSite site(options_for(client));
  site.serve({host("one", address, SshFault::auth_refused)});
  CHECK(has(client.run(address, site.port(), "true").output, "Permission denied (publickey)"));
}

TEST_CASE("an authorized key that is none, and a port that is taken, are said at once", "[simcloud]") {
  SshClient client;
  SshOptions options;
  options.authorized_key = client.key("none");
  CHECK_THROWS_AS(SshServer(options), std::invalid_argument);
  SshSite site({});
  options = {};
  options.port = site.port();
  CHECK_THROWS_AS(SshServer(options), boost::system::system_error);
}

TEST_CASE("a login key that was made logs in: there is never a second one in its place", "[simcloud]") {
  SshClient client;
  const std::filesystem::path file = client.key("made");
  REQUIRE(make_login_key(file));
  CHECK(std::filesystem::status(file).permissions() ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
  CHECK_FALSE(make_login_key(file));
  SshOptions options;
  options.authorized_key = client.public_key("made");
  SshSite site(options);
  site.serve({host("one", address)});
  CHECK(client.run(address, site.port(), "true", "", "ubuntu", "made").exit_code == 0);
}

}  // namespace tally::ssh_server_test
