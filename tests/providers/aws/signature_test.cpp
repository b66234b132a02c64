// Signatures against vectors that another implementation made, and requests against those that another client sent.
#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <catch2/catch.hpp>

#include "providers/aws/query.hpp"
#include "providers/aws/sigv4.hpp"
#include "tests/providers/recorded_account.hpp"

namespace tally::aws_signature_test {
using namespace tally::aws;
namespace json = boost::json;

namespace {

json::value read_json(const std::string& file) { return json::parse(fakes::read_file("aws/recorded/" + file)); }

std::string text(const json::value& object, const char* key) {
  const json::value& value = object.at(key);
  return value.is_null() ? "" : json::value_to<std::string>(value);
}

OutgoingRequest request_of(const json::value& vector) {
  OutgoingRequest request;
  request.method = text(vector, "method");
  request.url = parse_http_url(text(vector, "url")).value();
  request.body = Secret(text(vector, "body"));
  for (const auto& [name, value] : vector.at("headers_signed").as_object()) {
    request.headers.push_back({std::string(name), Secret(json::value_to<std::string>(value))});
  }
  return request;
}

std::string decoded(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      plain += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      plain += text[i] == '+' ? ' ' : text[i];
    }
  }
  return plain;
}

}  // namespace

TEST_CASE("each step of a signature is the specification's", "[providers]") {
  const json::value all = read_json("sigv4-vectors.json");
  REQUIRE(all.at("vectors").as_array().size() >= 14);
  for (const json::value& vector : all.at("vectors").as_array()) {
    INFO(text(vector, "name"));
    const AccessKey key{text(vector, "access_key_id"), Secret(text(vector, "secret_access_key")),
                        Secret(text(vector, "session_token"))};
    const SigningScope scope{text(vector, "region"), text(vector, "service")};
    const Signature made = signature_of(request_of(vector), key, scope, text(vector, "timestamp"));
    CHECK(made.canonical_request == text(vector, "canonical_request"));
    CHECK(made.signed_headers == text(vector, "signed_headers"));
    CHECK(made.scope == text(vector, "credential_scope"));
    CHECK(made.string_to_sign == text(vector, "string_to_sign"));
    CHECK(made.signature == text(vector, "signature"));
  }
}

TEST_CASE("a request is signed as of the time that it is sent", "[providers]") {
  const json::value all = read_json("sigv4-vectors.json");
  for (const json::value& vector : all.at("vectors").as_array()) {
    INFO(text(vector, "name"));
    const AccessKey key{text(vector, "access_key_id"), Secret(text(vector, "secret_access_key")),
                        Secret(text(vector, "session_token"))};
    OutgoingRequest request = request_of(vector);
    std::erase_if(request.headers, [](const Header& header) {
      return is_same_header(header.name, "x-amz-date") || is_same_header(header.name, "x-amz-security-token");
    });
    const std::string date = text(vector, "timestamp");
    const auto time = parse_rfc3339(date.substr(0, 4) + "-" + date.substr(4, 2) + "-" + date.substr(6, 5) + ":" +
                                    date.substr(11, 2) + ":" + date.substr(13));
    REQUIRE(time);
    const auto headers = sign(request, key, {text(vector, "region"), text(vector, "service")}, *time);
    CHECK(headers.front().value.reveal() == date);
    CHECK(headers.back().name == "Authorization");
    CHECK(headers.back().value.reveal() == text(vector, "authorization"));
    CHECK(headers.size() == (key.session_token.empty() ? 2 : 3));
  }
}

TEST_CASE("a query is encoded byte for byte as the vendor's own client encodes it", "[providers]") {
  std::size_t queries = 0;
  const json::value all = read_json("index-moto.json");
  for (const json::value& each : all.as_array()) {
    const std::string body = text(each, "request_body");
    if (!body.starts_with("Action=")) continue;
    INFO(body);
    std::vector<std::pair<std::string, std::string>> parameters;
    for (std::size_t at = 0; at < body.size();) {
      const std::size_t end = std::min(body.find('&', at), body.size());
      const std::size_t equals = body.find('=', at);
      parameters.emplace_back(decoded(body.substr(at, equals - at)),
                              decoded(body.substr(equals + 1, end - equals - 1)));
      at = end + 1;
    }
    Query query(parameters.at(0).second, parameters.at(1).second);
    for (std::size_t i = 2; i < parameters.size(); ++i) query.set(parameters[i].first, parameters[i].second);
    CHECK(query.body() == body);
    ++queries;
  }
  CHECK(queries > 40);
}

TEST_CASE("lists and filters of a query are counted from one", "[providers]") {
  Query query("DescribeInstances");
  query.filter("tag:a b", {"x*"}).filter("vpc-id", {"v", "w"}).list("InstanceId", {"i-1", "i-2"});
  query.set("NextToken", "one").set("NextToken", "two~");
  CHECK(query.body() ==
        "Action=DescribeInstances&Version=2016-11-15&Filter.1.Name=tag%3Aa+b&Filter.1.Value.1=x%2A&Filter.2.Name=vpc-id"
        "&Filter.2.Value.1=v&Filter.2.Value.2=w&InstanceId.1=i-1&InstanceId.2=i-2&NextToken=two~");
}

}  // namespace tally::aws_signature_test
