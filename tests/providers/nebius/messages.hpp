// Nebius's messages as tests write and read them. Heavy.
#pragma once

#include <google/protobuf/text_format.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "providers/nebius/protos/compute.pb.h"
#include "providers/nebius/protos/listing.pb.h"

namespace tally::fakes {

template <class Message>
Message message_of(const std::string& text) {
  Message message;
  if (!google::protobuf::TextFormat::ParseFromString(text, &message)) throw std::runtime_error("no message: " + text);
  return message;
}

template <class Message>
std::string page_of(const std::vector<Message>& rows, const std::string& next = "") {
  ::nebius::listing::Page page;
  for (const Message& row : rows) page.add_items(row.SerializeAsString());
  page.set_next_page_token(next);
  return page.SerializeAsString();
}

/// "message some.Kind", or "page some.Kind" of rows with "---" between them; below that line protobuf's text format.
std::string encoded_message(const std::string& text);

}  // namespace tally::fakes
