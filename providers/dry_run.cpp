#include "providers/dry_run.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/url/params_encoded_view.hpp>
#include <boost/url/url.hpp>
#include <iterator>
#include <string_view>
#include <utility>

#include "runtime/contains.hpp"
#include "runtime/sha256.hpp"

namespace tally {
namespace json = boost::json;

namespace {

constexpr std::string_view hidden = "***";
constexpr std::size_t longest_shown = 1'000;  // bytes of one text; a public key is shorter

/// What vendors call scripts and user data.
constexpr std::string_view scripts[] = {"user_data", "userData",      "UserData", "cloud_init_user_data",
                                        "script",    "base64_script", "userdata"};
/// What they call lists of a guest's variables.
constexpr std::string_view variables[] = {"envs", "environment"};

std::string summary_of(std::string_view text) {
  return std::to_string(text.size()) + " bytes, SHA-256 " + sha256_hex(text);
}

/// A text under that name.
std::string shown_text(std::string_view name, std::string_view text, const Redactor& redactor) {
  const bool is_summed_up = contains(scripts, name) || text.size() > longest_shown;
  return is_summed_up ? summary_of(text) : redactor.clean(std::string(text));
}

/// Makes a document fit to be shown, in its place.
void hide(json::value& value, std::string_view name, bool is_secret, const Redactor& redactor) {
  if (auto* object = value.if_object()) {
    for (auto& [key, inner] : *object) {
      const bool is_variable = contains(variables, key) || (is_secret && key != "name");
      hide(inner, key, is_variable, redactor);
    }
  } else if (auto* array = value.if_array()) {
    for (json::value& inner : *array) hide(inner, name, is_secret, redactor);
  } else if (is_secret) {
    value = hidden;
  } else if (const auto* text = value.if_string()) {
    value = shown_text(name, *text, redactor);
  }
}

/// "Name=value&...", of which a vendor may want lists.
std::string shown_form(std::string_view form, const Redactor& redactor) {
  boost::urls::url shown;
  for (const auto& parameter : boost::urls::params_encoded_view(form)) {
    const std::string name = parameter.key.decode();
    shown.params().append({name, shown_text(name, parameter.value.decode(), redactor)});
  }
  return std::string(shown.encoded_query());
}

/// A body that is neither JSON nor a form may hold anything, so that only its size and digest are shown.
std::string shown_body(const Request& request, const Redactor& redactor) {
  if (request.body.empty()) return "";
  if (request.content_type.starts_with("application/x-www-form-urlencoded")) {
    return shown_form(request.body.reveal(), redactor);
  }
  boost::system::error_code failed;
  json::value document = json::parse(request.body.reveal(), failed);
  if (failed) return summary_of(request.body.reveal());
  hide(document, "", false, redactor);
  return json::serialize(document);
}

/// Passes on what only reads, and keeps back what changes something.
class KeepsBack final : public HttpClient {
 public:
  KeepsBack(HttpClient& real, Redactor redactor) : real_(real), redactor_(std::move(redactor)) {}

  Task<Response> send(Request request) override {
    if (is_over_) return refuse();
    if (repeat_of(request) == Repeat::safe) return real_.send(std::move(request));
    return keep(std::move(request));
  }

  [[nodiscard]] bool is_over() const { return is_over_; }
  std::vector<PlannedRequest> kept;

 private:
  Task<Response> keep(Request request) {
    PlannedRequest planned;
    planned.method = name_of(request.method);
    planned.target = redactor_.clean(request.url);
    for (const Header& header : request.headers) {
      planned.headers[header.name] = redactor_.clean(std::string(header.value.reveal()));
    }
    if (!request.content_type.empty()) planned.headers["Content-Type"] = request.content_type;
    if (request.authorizer != nullptr) planned.headers["Authorization"] = hidden;
    planned.body = shown_body(request, redactor_);
    kept.push_back(std::move(planned));
    if (request.imagined.empty()) {
      is_over_ = true;
      co_return co_await refuse();
    }
    Response answer;
    answer.status = 200;
    answer.body = std::move(request.imagined);
    co_return answer;
  }

  Task<Response> refuse() {
    Error error;
    error.kind = Errc::conflict;
    error.message = "a dry run ends here";
    error.certainty = Certainty::nothing_happened;
    co_return tl::unexpected(std::move(error));
  }

  HttpClient& real_;
  const Redactor redactor_;
  bool is_over_ = false;
};

Error cannot(std::string message) {
  Error error;
  error.kind = Errc::not_implemented;
  error.operation = "create";
  error.message = std::move(message);
  error.certainty = Certainty::nothing_happened;
  return error;
}

}  // namespace

Task<std::vector<PlannedRequest>> plan_create(const Provider& provider, AccountContext context, CreateRequest request) {
  if (!provider.asks_over_http) co_return tl::unexpected(cannot("this provider's calls cannot be shown"));
  KeepsBack http(context.http, context.redactor);
  AccountContext dry{std::move(context.credential),
                     http,
                     context.budget,
                     context.clock,
                     context.rng,
                     context.cache,
                     context.workers,
                     context.redactor,
                     context.longest_work};
  const std::unique_ptr<Account> account = provider.open(std::move(dry));
  Creates* creates = account->creates();
  if (creates == nullptr) co_return tl::unexpected(cannot("this provider cannot create instances"));
  const Result<Created> created = co_await creates->create(std::move(request));
  if (!created && !http.is_over()) co_return tl::unexpected(created.error());
  co_return std::move(http.kept);
}

}  // namespace tally
