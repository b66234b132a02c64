// Whatever a reply holds, its outcome is a listing or an error, and its cost has a bound.
#include <malloc.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <fstream>

#include "cloud/limits.hpp"
#include "tests/fakes/slow_build.hpp"
#include "tests/providers/hostile_replies.hpp"
#include "tests/providers/recorded_account.hpp"

namespace tally::hostile_test {
using namespace tally::fakes;

namespace {

RowForms lambda_forms() {
  RowForms forms;
  forms.types_field = "\"data\":{";
  forms.types_end = "}";
  forms.instances_field = "\"data\":[";
  forms.region = [](const std::string& name) { return "{\"name\":\"" + name + "\"}"; };
  forms.type = [](const std::string& name, const std::string& text, const std::string& regions) {
    return "\"" + name + "\":{\"instance_type\":{\"name\":\"" + name + "\",\"description\":\"" + text +
           "\",\"price_cents_per_hour\":75},\"regions_with_capacity_available\":[" + regions + "]}";
  };
  forms.instance = [](const std::string& id, const std::string& name, const std::string& tags) {
    return "{\"id\":\"" + id + "\",\"name\":\"" + name + "\",\"status\":\"active\",\"ssh_key_names\":[" + tags + "]}";
  };
  return forms;
}

RowForms shadeform_forms() {
  RowForms forms;
  forms.types_field = "\"instance_types\":[";
  forms.types_end = "]";
  forms.instances_field = "\"instances\":[";
  forms.region = [](const std::string& name) { return "{\"region\":\"" + name + "\",\"available\":true}"; };
  forms.type = [](const std::string& name, const std::string& text, const std::string& regions) {
    return "{\"cloud\":\"c\",\"shade_instance_type\":\"" + name + "\",\"hourly_price\":75,\"configuration\":{" +
           "\"num_gpus\":1,\"gpu_type\":\"" + text + "\"},\"availability\":[" + regions + "]}";
  };
  forms.instance = [](const std::string& id, const std::string& name, const std::string& tags) {
    return "{\"id\":\"" + id + "\",\"name\":\"" + name + "\",\"status\":\"active\",\"tags\":[" + tags + "]}";
  };
  return forms;
}

RowForms template_forms() {
  RowForms forms;
  forms.types_field = "\"types\":[";
  forms.types_end = "]";
  forms.instances_field = "\"instances\":[";
  forms.region = [](const std::string& name) { return "{\"name\":\"" + name + "\"}"; };
  forms.type = [](const std::string& name, const std::string& text, const std::string& regions) {
    return "{\"name\":\"" + name + "\",\"gpus\":[{\"count\":1,\"model\":\"" + text +
           "\"}],\"prices\":[{\"class\":\"on-demand\",\"hourly\":\"1\",\"currency\":\"USD\"}],\"more\":[" + regions +
           "]}";
  };
  forms.instance = [](const std::string& id, const std::string& name, const std::string& tags) {
    return "{\"id\":\"" + id + "\",\"name\":\"" + name +
           "\",\"status\":\"running\",\"region\":\"r\",\"type\":\"t\",\"more\":[" + tags + "]}";
  };
  return forms;
}

RowForms fluidstack_forms() {
  RowForms forms;
  forms.open = "[";
  forms.close = "]";
  forms.instances_end.clear();
  forms.region = [](const std::string& name) { return "{\"name\":\"" + name + "\"}"; };
  forms.type = [](const std::string& name, const std::string& text, const std::string& regions) {
    return "{\"name\":\"" + name + "\",\"cpu\":8,\"memory\":\"" + text + "\",\"gpuCount\":1,\"gpuModel\":\"" + text +
           "\",\"more\":[" + regions + "]}";
  };
  forms.instance = [](const std::string& id, const std::string& name, const std::string& tags) {
    return "{\"id\":\"" + id + "\",\"name\":\"" + name + "\",\"type\":\"t\",\"state\":\"running\",\"filesystems\":[" +
           tags + "]}";
  };
  return forms;
}

RowForms sfcompute_forms() {
  RowForms forms;
  forms.types_field = forms.instances_field = "\"has_more\":false,\"cursor\":null,\"data\":[";
  forms.types_end = "]";
  forms.region = [](const std::string& name) { return "{\"name\":\"" + name + "\"}"; };
  forms.type = [](const std::string& name, const std::string& text, const std::string& regions) {
    return "{\"id\":\"" + name + "\",\"alias\":\"" + name + "\",\"accelerator\":{\"value\":\"" + text +
           "\"},\"num_accelerators\":{\"value\":1},\"more\":[" + regions + "]}";
  };
  forms.instance = [](const std::string& id, const std::string& name, const std::string& tags) {
    return "{\"id\":\"" + id + "\",\"name\":\"" + name + "\",\"status\":\"failed\",\"more\":[" + tags + "]}";
  };
  return forms;
}

RowForms launchpad_forms() {
  RowForms forms;
  forms.types_field = forms.instances_field = "\"results\":[";
  forms.types_end = "]";
  forms.region = [](const std::string& name) { return "\"" + name + "\":1"; };
  forms.type = [](const std::string& name, const std::string& text, const std::string& regions) {
    return "{\"cloud\":\"" + name + "\",\"gpu\":{\"count\":1,\"family\":\"" + text +
           "\",\"interconnection_type\":\"pcie\",\"memory_gb\":24},\"capacity\":{" + regions + "}}";
  };
  forms.instance = [](const std::string& id, const std::string& name, const std::string& tags) {
    return "{\"id\":\"" + id + "\",\"state\":\"ready\",\"region\":\"" + name + "\",\"ip_allowlist\":[" + tags + "]}";
  };
  return forms;
}

/// Lists are bare.
RowForms verda_forms() {
  RowForms forms;
  forms.open = "[";
  forms.close = "]";
  forms.instances_end.clear();
  forms.region = [](const std::string& name) { return "{\"code\":\"" + name + "\"}"; };
  forms.type = [](const std::string& name, const std::string& text, const std::string& regions) {
    return "{\"instance_type\":\"" + name + "\",\"code\":\"" + name + "\",\"name\":\"" + text +
           "\",\"gpu\":{\"number_of_gpus\":1},\"price_per_hour\":\"1\",\"more\":[" + regions + "]}";
  };
  forms.instance = [](const std::string& id, const std::string& name, const std::string& tags) {
    return "{\"id\":\"" + id + "\",\"hostname\":\"" + name +
           "\",\"status\":\"running\",\"location\":\"r\",\"instance_type\":\"t\",\"more\":[" + tags + "]}";
  };
  return forms;
}

/// A line of /proc/self/status, in megabytes.
long megabytes_of(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":")) return std::stol(line.substr(name.size() + 1)) / 1024;
  }
  return 0;
}

/// The most memory that the process has had since this was made, beyond what it had then.
class Peak {
 public:
  Peak() {
    malloc_trim(0);
    std::ofstream("/proc/self/clear_refs") << "5";
    before_ = megabytes_of("VmRSS");
  }
  [[nodiscard]] long megabytes() const { return megabytes_of("VmHWM") - before_; }

 private:
  long before_ = 0;
};

/// Asks everything that a pass asks, and holds what must be true of any answer.
class Asking {
  template <class F>
  auto timed(F call) {
    const auto began = std::chrono::steady_clock::now();
    auto answer = call();
    longest = std::max(longest, std::chrono::steady_clock::now() - began);
    return answer;
  }

 public:
  explicit Asking(const Provider& provider) : account(provider) {}

  void ask() {
    check(timed([&] { return account.run(account->locations()); }), [](const Location& row) { return row.name; });
    check(timed([&] { return account.types(); }), [](const InstanceType& row) { return row.id.str(); });
    check(timed([&] { return account.run(account->instances(account.scope)); }),
          [](const Instance& row) { return row.cloud_id.str(); });
    const auto one = timed([&] { return account.run(account->instance(account.instance)); });
    CHECK((one ? one->cloud_id == account.instance.cloud_id : !one.error().message.empty()));
    if (ListsImages* lister = account->lists_images()) {
      check(timed([&] { return account.run(lister->list_images(account.scope, {})); }),
            [](const Image& row) { return row.id; });
    }
    if (Quotas* quotas = account->quotas()) {
      check(timed([&] { return account.run(quotas->list_quotas(account.scope)); }),
            [](const Quota& row) { return row.id; });
    }
    if (ModifiesFirewall* firewall = account->modifies_firewall()) {
      const auto rules = timed([&] { return account.run(firewall->firewall_rules(account.instance)); });
      CHECK((rules || !rules.error().message.empty()));
    }
  }

  RecordedAccount account;
  std::chrono::steady_clock::duration longest{};

 private:
  template <class T, class Id>
  static void check(const Result<Answer<T>>& answer, Id id) {
    if (!answer) {
      const bool is_bounded = !answer.error().message.empty() && answer.error().message.size() < 2 * limits::message;
      if (!is_bounded) FAIL_CHECK("an error without words, or with too many: " << answer.error().message.size());
      return;
    }
    std::size_t wrong = answer->odd.size() > limits::odd_per_listing ? 1 : 0;
    for (const auto& row : answer->rows) {
      if (id(*row).empty() || id(*row).size() > 3 * limits::id) ++wrong;
    }
    for (const Rejected& row : answer->rejected) {
      if (row.reason.empty() || row.raw.size() > limits::raw_row || row.id.size() > 3 * limits::id) ++wrong;
    }
    CHECK(wrong == 0);
  }
};

void mutate(const Provider& provider, int count) {
  Asking asking(provider);
  Mutator mutator(4711);
  for (int i = 0; i < count; ++i) {
    const std::string& path = asking.account.paths[static_cast<std::size_t>(i) % asking.account.paths.size()];
    const std::string good = asking.account.recorded(path);
    asking.account.http.reply(path, i % 7 == 0 ? 400 + i % 105 : 200, mutator.damage(good));
    asking.ask();
    asking.account.http.reply(path, 200, good);
  }
  asking.ask();
  CHECK(asking.account.run(asking.account->instances(asking.account.scope)));
}

void craft(const Provider& provider, const RowForms& forms) {
  Asking asking(provider);
  const std::vector<std::string> replies = crafted_replies(forms);
  REQUIRE(replies.size() >= 40);
  for (std::size_t i = 0; i < replies.size(); ++i) {
    CAPTURE(provider.description.name, i, replies[i].substr(0, 80));
    const auto before = asking.longest;
    for (const int status : {200, 500}) {
      for (const std::string& path : asking.account.paths) asking.account.http.reply(path, status, replies[i]);
      const Peak peak;
      asking.ask();
      const long megabytes = peak.megabytes();
      CHECK(megabytes < 300);
      if (megabytes > 100) WARN(provider.description.name << " reply " << i << ": peak " << megabytes << " MB");
    }
    if (asking.longest > before && asking.longest > std::chrono::milliseconds(100)) {
      const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(asking.longest).count();
      WARN(provider.description.name << " reply " << i << ": longest call " << ms << " ms");
    }
  }
}

}  // namespace

TEST_CASE("whatever happens to a reply, the outcome is a listing or an error", "[providers]") {
  for (const Provider* provider : providers()) mutate(*provider, is_slow_build ? 100 : 250);
}

TEST_CASE("ten thousand damaged replies of each provider", "[.hostile]") {
  const Peak peak;
  for (const Provider* provider : providers()) mutate(*provider, 10'000);
  WARN("peak " << peak.megabytes() << " MB");
}

TEST_CASE("replies that are made to hurt", "[.hostile]") {
  craft(*find_provider("lambda"), lambda_forms());
  craft(*find_provider("shadeform"), shadeform_forms());
  craft(*find_provider("template"), template_forms());
  craft(*find_provider("fluidstack"), fluidstack_forms());
  craft(*find_provider("launchpad"), launchpad_forms());
  craft(*find_provider("sfcompute"), sfcompute_forms());
  craft(*find_provider("verda"), verda_forms());
}

namespace {

std::string numbered(std::size_t count, const std::function<std::string(const std::string& number)>& make) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all.append(i == 0 ? "" : ",").append(make(std::to_string(i)));
  return all;
}

std::string types_in_regions(const RowForms& forms, std::size_t types, std::size_t regions, const std::string& gpu) {
  const std::string in = numbered(regions, [&](const std::string& n) { return forms.region("region-" + n); });
  const std::string rows = numbered(types, [&](const std::string& n) { return forms.type("t" + n, gpu, in); });
  return "{" + forms.types_field + rows + forms.types_end + "}";
}

void check_is_refused(const char* provider, const std::string& path, const std::string& reply) {
  RecordedAccount account(*find_provider(provider));
  account.http.reply(path, 200, reply);
  const Peak peak;
  const auto types = account.run(account->instance_types({}));
  CAPTURE(provider);
  REQUIRE_FALSE(types);
  CHECK(types.error().kind == Errc::service_unavailable);
  CHECK_THAT(types.error().message, Catch::Contains("MB of memory, which is not believable"));
  if (!is_slow_build) CHECK(peak.megabytes() < 300);  // which takes memory of its own for ours
}

}  // namespace

TEST_CASE("types that would fill the memory with rows are refused before they do", "[providers]") {
  const std::string a10 = "1x A10 (24 GB PCIe)";
  check_is_refused("shadeform", "/instances/types", types_in_regions(shadeform_forms(), 299, 900, a10));
  check_is_refused("shadeform", "/instances/types",
                   types_in_regions(shadeform_forms(), 60, 900, std::string(limits::text, 'g')));
  check_is_refused("launchpad", "/v1/catalog/instance-types/?delivery=fast&page_size=100&page=1",
                   types_in_regions(launchpad_forms(), 299, 900, "A10"));
  const RowForms lambda = lambda_forms();
  const std::string one_everywhere = numbered(900, [&](const std::string& n) { return lambda.region("region-" + n); });
  check_is_refused("lambda", "/instance-types",
                   "{\"data\":{" + numbered(250, [&](const std::string& n) { return lambda.type("t" + n, a10, ""); }) +
                       "," + lambda.type("all", a10, one_everywhere) + "}}");
}

TEST_CASE("instances that would fill the memory are refused before they do", "[providers]") {
  const auto check = [](const char* provider, const std::string& path, const RowForms& forms) {
    CAPTURE(provider);
    const std::string rows =
        numbered(200'000, [&](const std::string& n) { return forms.instance("id-" + n, "x", ""); });
    RecordedAccount account(*find_provider(provider));
    account.http.reply(path, 200, forms.open + forms.instances_field + rows + forms.instances_end + forms.close);
    const auto instances = account.run(account->instances(account.scope));
    REQUIRE_FALSE(instances);
    CHECK_THAT(instances.error().message, Catch::Contains("MB of memory, which is not believable"));
  };
  check("lambda", "/instances", lambda_forms());
  if (is_slow_build) return;  // the others are read by the same code
  check("template", "/regions/us-east-1/instances?limit=200", template_forms());
  check("verda", "/instances", verda_forms());
}

}  // namespace tally::hostile_test
