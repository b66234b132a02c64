#include "tests/providers/nebius/messages.hpp"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/stubs/logging.h>

#include <memory>
#include <stdexcept>

#include "providers/nebius/protos/billing.pb.h"
#include "providers/nebius/protos/capacity.pb.h"
#include "providers/nebius/protos/iam_v1.pb.h"
#include "providers/nebius/protos/iam_v2.pb.h"
#include "providers/nebius/protos/quotas.pb.h"
#include "providers/nebius/protos/vpc.pb.h"
#include "tests/providers/recorded_account.hpp"

namespace tally::fakes {
namespace pb = google::protobuf;

namespace {

std::string encoded(const std::string& kind, const std::string& text) {
  const pb::Descriptor* descriptor = pb::DescriptorPool::generated_pool()->FindMessageTypeByName(kind);
  if (descriptor == nullptr) throw std::runtime_error("no such message: " + kind);
  const std::unique_ptr<pb::Message> message(pb::MessageFactory::generated_factory()->GetPrototype(descriptor)->New());
  if (!pb::TextFormat::ParseFromString(text, message.get())) throw std::runtime_error("no " + kind + ": " + text);
  return message->SerializeAsString();
}

const bool is_in_use = [] {
  encode_message = encoded_message;
  pb::SetLogHandler(nullptr);  // damaged messages are not worth a line each
  return true;
}();

}  // namespace

std::string encoded_message(const std::string& text) {
  const std::size_t line = text.find('\n');
  const std::string head = text.substr(0, line);
  const std::size_t space = head.find(' ');
  const std::string kind = head.substr(space + 1);
  const std::string body = text.substr(line + 1);
  if (head.substr(0, space) == "message") return encoded(kind, body);
  ::nebius::listing::Page page;
  for (std::size_t begin = 0; begin < body.size();) {
    const std::size_t end = body.find("---\n", begin);
    page.add_items(encoded(kind, body.substr(begin, end == std::string::npos ? end : end - begin)));
    begin = end == std::string::npos ? body.size() : end + 4;
  }
  return page.SerializeAsString();
}

}  // namespace tally::fakes
