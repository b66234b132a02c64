// What an account can do: the class head is the list, accessors answer it, and who stands in front may pass it on.
#include "cloud/capabilities.hpp"

#include <catch2/catch.hpp>

#include "tests/fakes/fake_account.hpp"

namespace tally::capabilities_test {
namespace {

/// An account of any abilities, whose calls nobody makes.
template <class... Abilities>
class Able : public Account, public Abilities... {
 public:
  [[nodiscard]] TenantId tenant_id() const override { return {}; }
  [[nodiscard]] Capabilities capabilities() const override { return capabilities_of<Able>(); }
  Task<Answer<Location>> locations() override { co_return Answer<Location>(); }
  Task<Offering> instance_types(Scope) override { co_return Offering(); }
  Task<Answer<Instance>> instances(Scope) override { co_return Answer<Instance>(); }
  Task<Instance> instance(InstanceRef) override { co_return Instance(); }
};

struct Rebooting : Reboots {
  Task<> reboot(InstanceRef) override { co_return Result<>(); }
};
struct Making : Creates {
  Task<Created> create(CreateRequest) override { co_return Created(); }
  Task<> remove(Handle, std::string) override { co_return Result<>(); }
};
struct Ending : Terminates {
  Task<> terminate(InstanceRef) override { co_return Result<>(); }
};
struct Counting : Quotas {
  Task<Answer<Quota>> list_quotas(Scope) override { co_return Answer<Quota>(); }
};

/// Stands in front of another account, and can do what that one can.
class InFront final : public Able<Making, Rebooting> {
 public:
  explicit InFront(Account& behind) : behind_(behind) {}
  [[nodiscard]] Capabilities capabilities() const override { return behind_.capabilities(); }
  [[nodiscard]] Creates* creates() override { return behind_.creates() != nullptr ? this : nullptr; }
  [[nodiscard]] Reboots* reboots() override { return behind_.reboots() != nullptr ? this : nullptr; }

 private:
  Account& behind_;
};

}  // namespace

TEST_CASE("an account has the abilities that its class inherits, and no others", "[cloud]") {
  Able<> reader;
  CHECK(abilities_of(reader) == Abilities());
  CHECK(reader.capabilities().empty());

  Able<Making, Rebooting> able;
  CHECK(able.creates() == &able);
  CHECK(able.reboots() == &able);
  CHECK(able.terminates() == nullptr);
  CHECK(abilities_of(able) == abilities_of<Able<Making, Rebooting>>());
}

TEST_CASE("an account in front of another one can do what that one can", "[cloud]") {
  Able<Rebooting> behind;
  InFront front(behind);
  CHECK(abilities_of(front) == abilities_of(behind));
  CHECK(front.capabilities() == Capabilities{"reboot-instance"});
}

TEST_CASE("capabilities have the manual's names and order, and a create's traits count only with a create", "[cloud]") {
  CreateTraits traits;
  traits.is_idempotent = traits.takes_user_data = traits.takes_image = traits.takes_tags = true;
  CHECK(capabilities_of<Able<Making, Ending, Counting>>(traits) ==
        Capabilities{"create-instance", "create-instance-idempotent", "terminate-instance", "create-terminate-instance",
                     "instance-userdata", "machine-image", "quotas"});
  CHECK(capabilities_of<Able<Ending>>(traits) == Capabilities{"terminate-instance"});
}

TEST_CASE("to a credential that only reads, what lists something is left", "[cloud]") {
  CHECK(reading_only(capabilities_of<Able<Making, Ending, Counting>>()) == Capabilities{"quotas"});
}

}  // namespace tally::capabilities_test
